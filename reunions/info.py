"""The pages that every school begins with: what to ask, where, with which papers. Schools write what
holds in one province beside them; nothing here is a promise of one place.

Sources: Interim Regulations on Residence Permits (居住证暂行条例, State Council order 663), Art. 2, 9-13;
Compulsory Education Law (义务教育法) Art. 12; State Council 2016 no. 13, section on migrant parents.
"""

from django.utils.translation import gettext_lazy as _

from reunions.models import Topic

DEFAULTS = {
    Topic.REGISTER: _(
        "The household register can stay where it is: to live and send a child to school elsewhere you "
        "need a residence permit.\n"
        "You can ask for one after half a year in a city, with a lawful job, a lawful home or regular "
        "studies there.\n"
        "Take with you: identity card, the lease or proof of your room, the work contract or proof of "
        "social insurance.\n"
        "Where: the police station of the street or the community office. It costs nothing the first "
        "time.\n"
        "With the permit come public schooling for your child, basic health services and the right to "
        "take many examinations there; what exactly, the city says."
    ),
    Topic.SCHOOLING: _(
        "A child whose parents work and live elsewhere may go to school there: the place must offer "
        "nine years of schooling on equal terms.\n"
        "Ask early: most cities take names between April and June for September.\n"
        "Usually asked for: residence permits of the parents, the household register, the lease, the "
        "work contract or social insurance, the child's vaccination booklet and school record.\n"
        "Where: the education bureau of the district where you live, or the school nearest to you.\n"
        "Our school hands over the school record by the national system; tell us as soon as you have a "
        "place, and do not take the child out before."
    ),
    Topic.HOMECOMING: _(
        "Many counties help those who come back: training with a certificate, small loans for a start, "
        "places in workshops near the villages.\n"
        "Where: the labour office of the township, the service window for returning workers in the "
        "county town, or the village committee.\n"
        "Ask the school too: canteen, dormitory and kindergarten look for people now and then."
    ),
}
DEFAULT_SOURCE = _("State Council order 663 of 2016; Compulsory Education Law Art. 12")
