"""Whom a barrier keeps from a child's file."""

from core import clock
from students.barriers import set_barrier
from tests.factories.cast import Cast


def bar_teacher(cast: Cast) -> None:
    """The class teacher from 徐梦瑶, by the principal."""
    set_barrier(
        student=cast.students["mengyao"],
        user=cast.users["teacher"],
        reason="正在核实",
        by=cast.users["principal"],
        at=clock.now(),
    )
