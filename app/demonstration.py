"""`aufruf demo`: invented applications in every state, on throw-away data."""

import random
from datetime import timedelta

from sqlmodel import Session

from app import demonstration_documents, demonstration_scale
from app.accounts import editors
from app.accounts.models import Editor, Role
from app.applications import conversation, drafts, replying, submission, turns
from app.applications.conversation import Wanted
from app.applications.form import ApplicationForm
from app.applications.models import Application, AskedFor
from app.applications.reviews import Recommendation
from app.applications.workflow import OPEN, Move, Status
from app.audit import trail
from app.calls import loading
from app.calls.loading import Found
from app.database import transaction, utcnow
from app.demonstration_scale import ORIGINALS
from app.desk import asking_reviews, deciding, reviewing, search, showcase
from app.desk.models import Presence
from app.documents.kinds import ASKED_FOR, Kind
from app.documents.storage import Storage
from app.progress import Tell, nowhere
from app.settings import Settings
from app.web import days

# Invented people: first and last names as their languages write them, and in Latin letters.
PEOPLE = {
    "georgia": (
        ("ka", "GE"),
        [
            *(("ნინო", "Nino"), ("ლევან", "Levan"), ("თამარ", "Tamar"), ("ზურაბ", "Zurab"), ("მანანა", "Manana")),
            *(("ეკა", "Eka"), ("დავით", "Davit"), ("სალომე", "Salome"), ("ირაკლი", "Irakli"), ("ქეთევან", "Ketevan")),
        ],
        [
            *(("კვირიკაშვილი", "Kvirikashvili"), ("ბერიძე", "Beridze"), ("წიკლაური", "Tsiklauri")),
            *(("ჩხეიძე", "Chkheidze"), ("ლომიძე", "Lomidze"), ("ხვედელიანი", "Khvedeliani"), ("ჯაფარიძე", "Japaridze")),
            *(("გოგოლაძე", "Gogoladze"), ("მარგველანი", "Margvelani"), ("თოფურია", "Topuria")),
        ],
    ),
    "armenia": (
        ("hy", "AM"),
        [
            *(("Անի", "Ani"), ("Տիգրան", "Tigran"), ("Շուշան", "Shushan"), ("Գագիկ", "Gagik"), ("Լիլիթ", "Lilit")),
            *(("Արամ", "Aram"), ("Նարե", "Nare"), ("Վահան", "Vahan"), ("Մարիամ", "Mariam"), ("Հայկ", "Hayk")),
        ],
        [
            *(("Պետրոսյան", "Petrosyan"), ("Ծատուրյան", "Tsaturyan"), ("Ղազարյան", "Ghazaryan"), ("Մելյան", "Melyan")),
            *(("Հովսեփյան", "Hovsepyan"), ("Խաչատրյան", "Khachatryan"), ("Ավագյան", "Avagyan")),
            *(("Քոչարյան", "Kocharyan"), ("Սիմոնյան", "Simonyan"), ("Բադալյան", "Badalyan")),
        ],
    ),
    "azerbaijan": (
        ("az", "AZ"),
        [
            *(("Aygün", ""), ("Rəşad", "Rashad"), ("Günel", ""), ("Tural", ""), ("Səbinə", "Sabina")),
            *(("Elçin", "Elchin"), ("Nərgiz", "Nargiz"), ("Orxan", "Orkhan"), ("Ləman", "Laman"), ("Vüqar", "Vugar")),
        ],
        [
            *(("Quliyeva", ""), ("Həsənov", "Hasanov"), ("Əliyeva", "Aliyeva"), ("Babayev", "")),
            *(("Məmmədzadə", "Mammadzade"), ("Sadıqlı", "Sadigli"), ("İsmayılova", "Ismayilova")),
            *(("Rəhimli", "Rahimli"), ("Cəfərova", "Jafarova"), ("Nağıyev", "Naghiyev")),
        ],
    ),
    "north-caucasus": (
        ("ru", "RU"),
        [
            *(("Залина", "Zalina"), ("Мурат", "Murat"), ("Патимат", "Patimat"), ("Аслан", "Aslan"), ("Хава", "Khava")),
            *(("Фатима", "Fatima"), ("Тимур", "Timur"), ("Мадина", "Madina"), ("Ибрагим", "Ibragim"), ("Дина", "Dina")),
        ],
        [
            *(("Дзугаева", "Dzugaeva"), ("Тхагапсоев", "Tkhagapsoev"), ("Магомедова", "Magomedova")),
            *(("Хъуажь", "Khuazh"), ("Кодзоева", "Kodzoeva"), ("Алиханов", "Alikhanov"), ("Дауров", "Daurov")),
            *(("Гаджиева", "Gadzhieva"), ("Цаликов", "Tsalikov"), ("Эльдарова", "Eldarova")),
        ],
    ),
}
ABOUT = [
    "I have been reporting from small towns for eight years and would like to write longer pieces.",
    "Ich schreibe über Eisenbahnen, Märkte und die Leute, die dort arbeiten.",
    "Пишу о горах, воде и о том, как люди договариваются.",
    "ვწერ ქალაქებზე, რომლებიც რუკაზე იშვიათად ჩანს.",
]
PEN_NAMES = ["Almast Qaya", "Тихая вода", "Giorgi der Läufer", "მთის ქარი", "Sevan Reader"]
SAFELY = [
    "Signal only, never by phone.",
    "Пишите на почту вечером. Не звоните и не пишите в мессенджеры.",
    "მხოლოდ ელფოსტით. არ დარეკოთ.",
    "By e-mail, please without the name of the magazine in the subject.",
]
CHIEF = "chief@example.org"  # the administrator
LIVED = 600  # up to so many go through everybody's hands; more are copies
LABELS = ["energy", "fast reply", "long form", "photos", "trial in March"]
COMMENTS = [
    "Knows the valley and the people in it.",
    "Careful with sources; the ending is weak.",
    "I would like to read more of this.",
    "Good eye, needs a patient editor.",
]
QUESTIONS = {
    "de": "Darf ich auch Fotos schicken? Ich habe sie selbst gemacht.",
    "en": "May I send photographs, too? I have taken them myself.",
    "ru": "Можно ли прислать и фотографии? Я снимаю сама.",
    "ka": "შემიძლია ფოტოებიც გამოგიგზავნოთ? თავად გადავიღე.",
}
ANSWERS = {
    "de": "Ja, gern: höchstens fünf, in einem PDF.",
    "en": "Yes, please: at most five, in one PDF.",
    "ru": "Да, пожалуйста: не больше пяти, одним файлом PDF.",
    "ka": "დიახ, გთხოვთ: არაუმეტეს ხუთისა, ერთ PDF-ში.",
}
NOTES = [
    "Strong reporting voice.",
    "Do we have anyone in this town?",
    "Reads well, needs an editor.",
    "Let us talk on Monday.",
]
DECLINED_FOR = ["region_covered", "region_covered", "writing", "languages", "experience", "timing", None]
PATHS: list[list[Move]] = [
    [],
    [],
    [],
    [Move.REVIEW],
    [Move.REVIEW],
    [Move.REVIEW, Move.SHORTLIST],
    [Move.SHORTLIST, Move.ASK_TRIAL_PIECE],
    [Move.REVIEW, Move.DECLINE],
    [Move.DECLINE],
    [Move.REVIEW, Move.SHORTLIST, Move.ACCEPT],
    [Move.REVIEW, Move.ACCEPT, Move.ENGAGE],
    [Move.REVIEW, Move.DECLINE, Move.REOPEN],
]


def fill(settings: Settings, number: int, *, tell: Tell = nowhere) -> None:
    """Load the call, make a team and `number` applications."""
    storage, chance = Storage(settings.storage), random.Random(4276)
    with transaction() as session:
        found = loading.load_file(session, loading.SHIPPED)
        chief = editors.add(session, email=CHIEF, name="Nino Beridze", role=Role.ADMIN)
        team = [chief, editors.add(session, email="levan@example.org", name="Levan Kapanadze", role=Role.EDITOR)]
        team.append(editors.add(session, email="anna@example.org", name="Anna Weiß", role=Role.EDITOR))
    lived = number if number <= LIVED else ORIGINALS
    for start in range(0, lived, 200):
        with transaction() as session:
            made = []
            for index in range(start, min(start + 200, lived)):
                made.append(one(session, storage, found, team, index, lived, chance, settings))
                tell(index + 1, number)
        for application in made:
            search.index(str(application.id))
    with transaction() as session:
        showcase.fill(session, team, settings=settings, chance=chance)
        at_work(session, team[1:], made)
    if lived < number:
        demonstration_scale.multiply(storage, number - lived, tell=lambda done, whole=None: tell(lived + done, number))


def at_work(session: Session, colleagues: list[Editor], applications: list[Application]) -> None:
    """Colleagues who read the newest applications, for the first quarter of an hour."""
    for editor, application in zip(colleagues, reversed(applications), strict=False):
        until = utcnow() + timedelta(minutes=15)
        session.add(Presence(application_id=application.id, editor_id=editor.id, until=until))


def one(
    session: Session,
    storage: Storage,
    found: Found,
    team: list[Editor],
    index: int,
    number: int,
    chance: random.Random,
    settings: Settings,
) -> Application:
    """One invented application with its documents, somewhere in the workflow."""
    form = invented(found, index, chance)
    token = drafts.new_token()
    draft = drafts.lock(session, token, found.id)
    for kind in ASKED_FOR:
        demonstration_documents.put(session, storage, draft.id, kind, name=form.name, index=index, number=number)
    application = submission.create(
        session,
        draft_id=draft.id,
        secret=drafts.secret_of(token),
        form=form,
        call=found.call,
        language=chance.choice(["de", "en", "ru", "ka"]),
    )
    application.received_at = utcnow() - timedelta(hours=(number - index) * 3)
    trail.record(session, "received", application=application.id, by_applicant=True, documents="3")
    walk(session, application, team, chance)
    talk(session, application, team, random.Random(index), settings)
    return application


def invented(found: Found, index: int, chance: random.Random) -> ApplicationForm:
    """What an invented person writes into the form."""
    # The first four hundred are all called differently: two of the same name are to mean something.
    place = index * 163 % 400
    region = list(PEOPLE)[place % 4]
    (language, country), first, last = PEOPLE[region]
    given, family = first[place // 4 % 10], last[place // 40]
    latin = f"{given[1] or given[0]} {family[1] or family[0]}" if given[1] or family[1] else ""
    others = [each.key for each in found.call.regions if each.key != region]
    return ApplicationForm(
        name=f"{given[0]} {family[0]}",
        latin_name=latin,
        pen_name=PEN_NAMES[index // 9 % len(PEN_NAMES)] if index % 9 == 4 else "",
        email=f"person{index}@example.org",
        safe_contact=SAFELY[index // 6 % len(SAFELY)] if index % 6 == 4 else "",
        country=country if chance.random() < 0.8 else "DE",
        regions=[region, *chance.sample(others, chance.choice([0, 0, 0, 1]))],
        languages=list(dict.fromkeys([language, *chance.sample(["en", "ru", "de"], chance.randint(0, 2))])),
        topics=favoured([topic.key for topic in found.call.topics], place % 4, chance),
        about=chance.choice(ABOUT),
        consent=True,
        keep=chance.random() < 0.5,
    )


def favoured(topics: list[str], region: int, chance: random.Random) -> list[str]:
    """One to three topics; every region has its own favourites, and gaps."""
    start = region * 3 % len(topics)
    turned = topics[start:] + topics[:start]
    picked = [turned[min(int(chance.expovariate(0.45)), len(turned) - 1)] for _ in range(chance.randint(1, 3))]
    return list(dict.fromkeys(picked))


def think(session: Session, application: Application, team: list[Editor], chance: random.Random) -> None:
    """Let some of the team review it, much of one mind, and some be asked to."""
    if application.status is Status.RECEIVED or application.status not in OPEN:
        return
    call, worth = loading.by_id(session, application.call_id).call, chance.randint(2, 5)
    for editor in chance.sample(team, chance.choice([0, 1, 2, 2, 3])):
        scores = {each.key: min(5, max(1, worth + chance.choice([-1, 0, 0, 0, 1]))) for each in call.criteria}
        recommendation = list(Recommendation)[::-1][max(0, worth - 2)]
        comment = chance.choice(["", *COMMENTS])
        reviewing.save(
            session, application, by=editor.id, scores=scores, recommendation=recommendation, comment=comment
        )
    left = asking_reviews.can_be_asked(session, application)
    if left and chance.random() < 0.4:
        due_at = days.end_of(days.today() + timedelta(days=chance.randint(-3, 9)))
        asking_reviews.ask_one(session, application, chance.choice(left), due_at=due_at, by=team[0].id)
        turns.settle(session, application)


def walk(session: Session, application: Application, team: list[Editor], chance: random.Random) -> None:
    """Let editors do what they do: assign, move, label, note."""
    by = chance.choice(team)
    if chance.random() < 0.6:
        deciding.assign(session, application, to=by.id, by=by.id, version=application.version)
    for move in chance.choice(PATHS):
        reason = "Another look, please." if move is Move.REOPEN else ""
        key = chance.choice(DECLINED_FOR) if move is Move.DECLINE else None
        deciding.decide(
            session,
            application,
            move=move,
            by=by.id,
            version=application.version,
            reason=reason,
            reason_key=key,
        )
    if chance.random() < 0.2:
        deciding.label(session, application, labels=[chance.choice(LABELS)], by=by.id, version=application.version)
    think(session, application, team, chance)
    if chance.random() < 0.4:
        deciding.write_note(session, application, text=chance.choice(NOTES), by=by.id)
    if application.status is Status.RECEIVED and chance.random() < 0.1:
        deciding.enter(application, Status.WITHDRAWN)
        turns.settle(session, application)


def talk(
    session: Session, application: Application, team: list[Editor], chance: random.Random, settings: Settings
) -> None:
    """Let applicants write, and editors answer and ask for something."""
    by, language = chance.choice(team).id, application.language
    if application.status is Status.TRIAL_PIECE:
        due = days.today() + timedelta(days=chance.randint(3, 30))
        piece = Wanted(AskedFor.TRIAL_PIECE, topic="A market town in winter", length="8,000", fee="300 €", due=due)
        conversation.ask(session, application, piece, text="", by=by, settings=settings, mail=False)
    elif application.status in OPEN and chance.random() < 0.12:
        wanted = Wanted(AskedFor.DOCUMENT, Kind.CV)
        conversation.ask(session, application, wanted, text="", by=by, settings=settings, mail=False)
    if application.status is not Status.WITHDRAWN and chance.random() < 0.15:
        words = QUESTIONS.get(language, QUESTIONS["en"])
        replying.send(session, application, drafts.new_token(), text=words, answers=None, settings=settings)
        if chance.random() < 0.5:
            words = ANSWERS.get(language, ANSWERS["en"])
            conversation.write(session, application, text=words, by=by, settings=settings)
