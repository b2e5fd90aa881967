"""./start says in one line when nothing reads pages aloud, and how to change it."""

from runtime.start import missing_voice


def test_it_is_said_with_the_command_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SPEECH_URL", raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    why = missing_voice()
    assert "espeak-ng" in why
    assert "install espeak-ng" in why
    assert "\n" not in why


def test_with_the_program_or_a_service_nothing_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SPEECH_URL", "http://voice.county/v1/audio/speech")
    assert missing_voice() == ""
    monkeypatch.delenv("SPEECH_URL")
    program = tmp_path / "espeak-ng"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert missing_voice() == ""
