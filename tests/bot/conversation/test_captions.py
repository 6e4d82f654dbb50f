"""Words beside a picture say how it is to be painted; ordinary captions change nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from bot.conversation.captions import Understood, read_caption, read_words
from bot.conversation.effects import ChangeJob, CountRefusal, Edit, Resume, Send, SubmitJob
from bot.conversation.events import AlbumDue, PictureSent, WordsSent
from bot.conversation.turn import turn
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH, read_catalogues
from bot.messages.message_kinds import MessageKind
from bot.messages.texts.wish_texts import Wording
from core.jobs.job_errors import QueueError
from core.jobs.models import (
    EMPTY_SESSION,
    BotMessage,
    JobFacts,
    JobState,
    Role,
    Session,
    Step,
)
from core.jobs.preferences import Preferences, Wishes
from core.jobs.repeat_options import looks
from core.sentences import sentence
from core.style.options import Colours, Options, Preset
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    QUICK,
    both_pictures,
    facts_of,
    facts_with,
    heard,
    job,
    of_kind,
    one_picture,
    only,
    picture,
    press,
    reply_to,
    state_of,
    verbs_of,
)
from tests.auxil.world import World

LANGUAGES = read_catalogues()
MINE = Colours.LUMINANCE
STRONG = Wishes(strength=0.7)
ASKING = Preferences(ask=True)

ORDINARY = {
    "en": (
        "My cat",
        "My cat, strong and lazy",
        "A strong wind, soft light",
        "Still going strong!",
        "Fine dining in Rome",
        "We had a fine day. Quick photo before dinner.",
        "Classic car show 2024",
        "In the style of my grandmother",
        "Nice style!",
        "Swap meet on Sunday",
        "Battery at 70 % and the phone still works",
        "50 % off everything",
        "100 % wool, very soft",
        "Photo: Anna Berg",
        "Photo by me",
        "Quick, the bus is coming",
        "Old, soft, warm",
        "He is stronger than he looks",
        "Please paint this one",
        "Could you make it nice, please?",
        "Here is my photo, please use it",
        "The colours are fantastic here",
        "Keep calm",
        "A balanced breakfast",
        "Best friends, best day",
        "Fast food",
        "10 % rule",
        "70",
        "Route 66",
        "strong 70",
        "My photo 3",
        "Tom & me",
        "Classic",
        "Fine.",
        "Best!",
        "Our house in the middle of the street",
        "style is everything, they say",
        "Lisbon: 70 days",
        "photo: Anna",
        "Photo: 70",
        "Strength: 70 years together",
        "Strength: 10/10",
        "Strength: 1000",
        "strong: 70",
        "70: strong",
        "E = 70",
        "Year: 70 %, mood: great",
        "Day 3: strength",
        "Strength:",
        "https://example.org/strong",
        "#classic",
        "",
        "…",
    ),
    "es": (
        "Clásico",
        "Fino.",
        "Mi gato es muy fuerte",
        "Foto de familia",
        "Con mucho estilo",
        "Vida sana y equilibrada",
        "Lisboa: 70 días",
        "Intensidad: 70 años juntos",
    ),
    "ru": (
        "Сильно устал",
        "Фото на память",
        "Классика жанра",
        "Быстро сняли, и домой",
        "Классика!",
        "Лиссабон: 70 дней",
        "Тонко",
    ),
    "ar": ("قطتي الجميلة", "صورة من العيد", "أسلوب حياة", "كلاسيكي", "دقيق", "لشبونة: ٧٠ يوما"),
    "zh-hans": (
        "快乐的一天",
        "强风里的猫",
        "照片里是我的奶奶",
        "画风真好看",
        "请看我的猫",
        "经典！",
        "最好",
        "里斯本：70天",
        "70",
    ),
}


@pytest.fixture
def asking() -> None:
    """Nobody here is asked for the quality, unless they want to be."""


@pytest.mark.parametrize(
    ("code", "caption"), [(code, one) for code, captions in ORDINARY.items() for one in captions]
)
def test_an_ordinary_caption_changes_nothing(code: str, caption: str) -> None:
    assert read_caption(LANGUAGES[code], caption) is None


@pytest.mark.parametrize(
    ("caption", "wishes"),
    [
        ("strong", STRONG),
        ("Strong!", STRONG),
        ("strong 💪", STRONG),
        ("very strong", Wishes(strength=0.9)),
        ("Softly", Wishes(strength=0.3)),
        ("very soft", Wishes(strength=0.1)),
        ("80%", Wishes(strength=0.8)),
        ("strength 80 %", Wishes(strength=0.8)),
        ("5 %", Wishes(strength=0.1)),
        ("strong, keep colours", Wishes(strength=0.7, colours=MINE)),
        ("keep my colors and fine", Wishes(colours=MINE, preset=Preset.FINE)),
        ("style's colours", Wishes(colours=Colours.STYLE)),
        ("Classic, please", Wishes(preset=Preset.CLASSIC)),
        ("in classic quality", Wishes(preset=Preset.CLASSIC)),
        ("fine, please", Wishes(preset=Preset.FINE)),
        ("fine quality", Wishes(preset=Preset.FINE)),
        ("best quality", Wishes(preset=Preset.FINE)),
        ("strong + fine", Wishes(strength=0.7, preset=Preset.FINE)),
        ("strong & fine", Wishes(strength=0.7, preset=Preset.FINE)),
        ("strength 70", STRONG),
        ("strength: 70", STRONG),
        ("strength:70", STRONG),
        ("strength = 70 %", STRONG),
        ("strength=70%", STRONG),
        ("strength 70%", STRONG),
        ("70 % strength", STRONG),
        ("Strength, 70", STRONG),
        ("Style strength: 70", STRONG),
        ("Quality: fine, strength: 70", Wishes(strength=0.7, preset=Preset.FINE)),
        ("Anna: 12 years, strength: 70, please", STRONG),
        ("70 percent", STRONG),
        ("fast at 70%", Wishes(strength=0.7, preset=Preset.QUICK)),
        ("a bit stronger", STRONG),
        ("more style", STRONG),
        ("keep the original colours", Wishes(colours=MINE)),
        ("keep colour", Wishes(colours=MINE)),
        ("use my colors", Wishes(colours=MINE)),
        ("swap", Wishes(swapped=True)),
        ("my cat, strong please", STRONG),
        ("Please strong. This is my cat", STRONG),
        ("1998, strong, please my colours", Wishes(strength=0.7, colours=MINE)),
        ("my cat, fine, strong, please", Wishes(strength=0.7, preset=Preset.FINE)),
        ("/paint strong", STRONG),
        ("@atelier_bot strong", STRONG),
    ],
)
def test_words_that_are_understood(caption: str, wishes: Wishes) -> None:
    assert read_caption(ENGLISH, caption) == Understood(wishes)


@pytest.mark.parametrize(
    "caption",
    ["soft, strong", "fine, quick", "style photo", "70 %, 80 %", "my cat, soft, strong please"],
)
def test_what_contradicts_itself_is_not_taken(caption: str) -> None:
    assert read_caption(ENGLISH, caption) is None


@pytest.mark.parametrize(
    ("code", "caption", "wishes"),
    [
        ("es", "RÁPIDA, conserva los colores", Wishes(preset=Preset.QUICK, colours=MINE)),
        ("es", "rapida", Wishes(preset=Preset.QUICK)),
        ("es", "mi gato, fuerte por favor", STRONG),
        ("ru", "Сильнее, мои цвета", Wishes(strength=0.7, colours=MINE)),
        ("ru", "мой кот, сильно пожалуйста", STRONG),
        ("ar", "قويّ", STRONG),
        ("ar", "قطتي، قوي من فضلك", STRONG),
        ("ar", "٧٠٪", STRONG),
        ("zh-hans", "我的猫，请浓一点", STRONG),
        ("zh-hans", "浓度70％", STRONG),
        ("zh-hans", "保留颜色，精细", Wishes(colours=MINE, preset=Preset.FINE)),
        ("zh-hans", "Strong", STRONG),
        ("zh-hans", "浓度70", STRONG),
        ("zh-hans", "浓度：70", STRONG),
        ("zh-hans", "强度＝７０％", STRONG),
        ("zh-hans", "70％浓度", STRONG),
        ("zh-hans", "浓度，70", STRONG),
        ("zh-hans", "百分之70", STRONG),
        ("zh-hans", "用我的颜色，再浓一点", Wishes(strength=0.7, colours=MINE)),
        (
            "es",
            "intensidad 70, conserva los colores originales",
            Wishes(strength=0.7, colours=MINE),
        ),
        ("es", "Intensidad: 70", STRONG),
        ("es", "fuerza = 70 %", STRONG),
        ("es", "un poco más fuerte", STRONG),
        ("es", "calidad fina", Wishes(preset=Preset.FINE)),
        ("ru", "70 процентов, сохрани исходные цвета", Wishes(strength=0.7, colours=MINE)),
        ("ru", "чуть сильнее", STRONG),
        ("ru", "сила 70", STRONG),
        ("ru", "Сила: 70 %", STRONG),
        ("ru", "70% силы", STRONG),
        ("ar", "القوة 70", STRONG),
        ("ar", "القوة: ٧٠٪", STRONG),
        ("ar", "القوة = ٧٠", STRONG),
        ("ar", "قوة الأسلوب: ٪٧٠", STRONG),
        ("ar", "70 بالمئة، احتفظ بالألوان الأصلية", Wishes(strength=0.7, colours=MINE)),
        ("ar", "أقوى قليلاً", STRONG),
        ("ar", "بجودة دقيقة", Wishes(preset=Preset.FINE)),
    ],
)
def test_each_language_has_its_own_words_and_the_english_ones(
    code: str, caption: str, wishes: Wishes
) -> None:
    assert read_caption(LANGUAGES[code], caption) == Understood(wishes)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_words_of_the_bots_own_buttons_are_understood(code: str) -> None:
    texts = LANGUAGES[code]
    assert read_caption(texts, texts.strength_button(0.7)) == Understood(STRONG)


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_word_of_each_language_means_one_thing(code: str) -> None:
    alone = {Wording.PLEASE, Wording.FILLER, Wording.STRENGTH, Wording.PERCENT}
    words = [
        (word, meaning)
        for meaning, words in LANGUAGES[code].caption_words().items()
        for word in words.split("|")
        if meaning not in alone
    ]
    assert len({word for word, _ in words}) == len(words)
    wishes = [f"{word}, please" for word, _ in words]
    assert [one for one in wishes if read_caption(LANGUAGES[code], one) is None] == []


@pytest.mark.parametrize(
    ("caption", "usual", "strength"),
    [
        ("strong", 0.7, 0.9),
        ("stronger", 0.9, 1.0),
        ("very strong", 0.5, 0.9),
        ("strong", 0.1, 0.7),
        ("soft", 0.3, 0.1),
        ("softer", 0.9, 0.3),
        ("soft", 0.1, 0.1),
        ("40 %", 0.9, 0.4),
    ],
)
def test_strong_is_more_than_usual_and_soft_is_less(
    caption: str, usual: float, strength: float
) -> None:
    understood = read_caption(ENGLISH, caption, usual=usual)
    assert understood == Understood(Wishes(strength=strength))


def test_a_message_of_words_alone_counts_if_all_of_them_are_understood() -> None:
    assert read_words(ENGLISH, "strong, please") == Understood(STRONG)
    assert read_words(ENGLISH, "my cat, strong please") is None


# What becomes of it.


def sent(number: int, caption: str = "", album: str | None = None) -> PictureSent:
    return PictureSent(
        heard=heard(number), picture=picture(number, album), album=album, caption=caption
    )


def said(text: str) -> WordsSent:
    return WordsSent(heard=heard(50), kind=MessageKind.TEXT, text=text)


def test_the_words_of_both_captions_count_for_this_painting() -> None:
    state, effects = turn(state_of(), sent(1, "strong"))
    assert only(effects, Send).text.startswith("Understood: strength 70 %.\nGot your photo.")
    state, effects = turn(state_of(session=state.session), sent(2, "keep colours, fine"))
    assert state.session == EMPTY_SESSION
    assert only(effects, SubmitJob).options == Options(
        preset=Preset.FINE, strength=0.7, colours=MINE
    )
    assert only(effects, Send).text == (
        "Understood: Fine, strength 70 %, my colours.\n"
        "<b>Painting</b> · Fine · strength 70 % · my colours\nMixing the colours…"
    )


@pytest.mark.parametrize(
    ("caption", "usual", "understood"),
    [
        ("classic, strong", None, "Understood: Classic.\n"),
        ("strong", Preset.CLASSIC, ""),
        ("strong, keep colours", Preset.CLASSIC, "Understood: my colours.\n"),
        ("quick, strong", Preset.CLASSIC, "Understood: Quick, strength 70 %.\n"),
    ],
)
def test_a_strength_is_not_said_of_classic_which_has_none(
    caption: str, usual: Preset | None, understood: str
) -> None:
    before = state_of(session=one_picture(), preferences=Preferences(preset=usual))
    _, effects = turn(before, sent(2, caption))
    assert only(effects, Send).text.startswith(f"{understood}<b>Painting</b>")


def test_they_beat_the_settings_and_leave_them_as_they_are() -> None:
    preferences = Preferences(strength=0.9, preset=Preset.BALANCED)
    before = state_of(session=one_picture(), preferences=preferences)
    state, effects = turn(before, sent(2, "soft"))
    assert only(effects, SubmitJob).options == Options(preset=Preset.BALANCED, strength=0.3)
    assert state.preferences == preferences


def test_a_tap_on_a_style_paints_with_the_words_of_the_photo() -> None:
    before = state_of(session=replace(one_picture(question=7), wishes=STRONG))
    _, effects = turn(before, press(Verb.PICK, "glass", question=7, picture=picture(6)))
    assert only(effects, SubmitJob).options == replace(QUICK, strength=0.7)


def test_a_picture_that_is_said_to_be_the_style_is() -> None:
    state, effects = turn(state_of(), sent(1, "style"))
    assert state.session == Session(style=picture(1))
    assert only(effects, Send).text == ("Got your style. Please send the photo you want repainted.")
    _, effects = turn(state_of(session=state.session), sent(2))
    submitted = only(effects, SubmitJob)
    assert (submitted.content, submitted.style) == (picture(2), picture(1))


@pytest.mark.parametrize("caption", ["swap", "photo", "my photo", "This is my photo"])
def test_the_second_picture_can_be_said_to_be_the_photo(caption: str) -> None:
    _, effects = turn(state_of(session=one_picture()), sent(2, caption))
    submitted = only(effects, SubmitJob)
    assert (submitted.content, submitted.style) == (picture(2), picture(1))


@pytest.mark.parametrize(
    ("captions", "order", "understood"),
    [
        (("style", ""), (2, 1), "Understood: swapped.\n"),
        (("", "style"), (1, 2), ""),
        (("photo", ""), (1, 2), ""),
        (("", "photo"), (2, 1), "Understood: swapped.\n"),
        (("style", "photo"), (2, 1), "Understood: swapped.\n"),
        (("swap", ""), (2, 1), "Understood: swapped.\n"),
        (("", "swap"), (2, 1), "Understood: swapped.\n"),
        (("swap", "style"), (2, 1), "Understood: swapped.\n"),
        (("strong", ""), (1, 2), "Understood: strength 70 %.\n"),
    ],
)
@pytest.mark.parametrize("arrival", [(0, 1), (1, 0)])
def test_an_album_takes_the_words_of_whichever_of_its_pictures(
    captions: tuple[str, str],
    order: tuple[int, int],
    understood: str,
    arrival: tuple[int, int],
) -> None:
    state = state_of()
    for place in arrival:
        after, effects = turn(state, sent(place + 1, captions[place], "album"))
        state = state_of(session=after.session)
    question = after.session.question
    assert of_kind(effects, Resume)
    assert question is not None
    _, effects = turn(state, AlbumDue(question=question))
    submitted = only(effects, SubmitJob)
    assert (submitted.content.id, submitted.style.id) == order
    assert submitted.options.strength == (0.7 if "strong" in captions else 0.5)
    assert only(effects, Send).text.startswith(f"{understood}<b>Painting</b>")


@pytest.mark.parametrize("arrival", list(permutations([1, 2, 3])))
@pytest.mark.parametrize(
    ("captions", "photo", "styles"),
    [
        (("", "", "photo"), 3, (1, 2)),
        (("", "photo", ""), 2, (1, 3)),
        (("style", "", ""), 2, (1, 3)),
        (("style", "style", "photo"), 3, (1, 2)),
        (("", "", ""), 1, (2, 3)),
    ],
)
def test_a_caption_says_which_picture_of_a_large_album_is_the_photo(
    captions: tuple[str, ...], photo: int, styles: tuple[int, ...], arrival: tuple[int, ...]
) -> None:
    state = state_of()
    for number in arrival:
        after, _ = turn(state, sent(number, captions[number - 1], "album"))
        state = state_of(session=after.session)
    assert after.session.question is not None
    _, effects = turn(state, AlbumDue(question=after.session.question))
    submitted = only(effects, SubmitJob)
    assert submitted.further is not None
    painted = (submitted.style.id, *(one.id for one in submitted.further))
    assert (submitted.content.id, painted) == (photo, styles)
    text = of_kind(effects, Send)[0].text
    assert text.startswith("Understood: swapped.\nI blend") is (photo != 1)


def test_an_album_is_not_swapped_because_the_pictures_before_it_were() -> None:
    session = replace(both_pictures(), wishes=Wishes(swapped=True, strength=0.9))
    for number in (4, 5):
        before = state_of(session=session, preferences=ASKING)
        session = turn(before, sent(number, album="album"))[0].session
    assert (session.content, session.style) == (picture(4, "album"), picture(5, "album"))
    assert session.wishes == Wishes(strength=0.9)


def test_an_album_says_that_it_is_swapped_only_if_it_is() -> None:
    state = state_of(preferences=ASKING)
    for number, caption in ((1, ""), (2, "style"), (3, "style")):
        after, effects = turn(state, sent(number, caption, "album"))
        state = state_of(session=after.session, preferences=ASKING)
    assert "Understood" not in only(effects, Send).text
    assert after.session.settled.content == picture(1, "album")


@pytest.mark.parametrize(
    ("caption", "content", "styles"), [("style", 1, [9]), ("photo", 9, [2, 3]), ("", 1, [9])]
)
def test_a_picture_after_an_album_that_waits_takes_its_place_alone(
    caption: str, content: int, styles: list[int]
) -> None:
    album = Session(
        content=picture(1, "a"), style=picture(2, "a"), further=(picture(3, "a"),), question=7
    )
    state, effects = turn(state_of(session=album, preferences=ASKING), sent(9, caption))
    session = state.session
    assert session.content is not None
    assert session.style is not None
    assert session.content.id == content
    assert [session.style.id, *(one.id for one in session.further)] == styles
    blends = ENGLISH.blended_album(2) in only(effects, Send).text
    assert blends is (len(styles) > 1)


def test_whoever_is_asked_sees_what_was_understood_and_can_swap_it_back() -> None:
    before = state_of(session=one_picture(), preferences=ASKING)
    state, effects = turn(before, sent(2, "swap, strong"))
    question = only(effects, Send)
    assert question.text.startswith("Understood: strength 70 %, swapped.\nI have both pictures.")
    before = state_of(session=state.session, preferences=ASKING)
    _, effects = turn(before, press(Verb.PRESET, "quick", question=20))
    assert only(effects, SubmitJob).content == picture(2)
    state, _ = turn(before, press(Verb.SWAP, question=20))
    assert (state.session.content, state.session.wishes) == (picture(1), STRONG)


@pytest.mark.parametrize(
    ("caption", "for_once"),
    [("swap", False), ("quick", False), ("70 %", False), ("90 %", True), ("keep colours", True)],
)
def test_the_question_calls_the_usual_choices_those_of_the_settings(
    caption: str, *, for_once: bool
) -> None:
    usual = Preferences(ask=True, strength=0.7)
    _, effects = turn(state_of(session=one_picture(), preferences=usual), sent(2, caption))
    assert ("for this painting" in only(effects, Send).text) is for_once
    assert ("as in your /settings" in only(effects, Send).text) is not for_once


def test_a_style_that_is_blended_in_brings_its_words() -> None:
    base = facts_of(job(3, state=JobState.DELIVERED))
    session = replace(one_picture(question=7), blend_of=3)
    before = state_of(session=session, facts=facts_with(base=base))
    state, effects = turn(before, sent(5, "strong"))
    assert only(effects, Send).text.startswith("Understood: strength 70 %.")
    before = state_of(session=state.session, facts=facts_with(base=base))
    _, effects = turn(before, press(Verb.WEIGHTS, "even", question=20))
    assert only(effects, SubmitJob).options.strength == 0.7


def test_words_while_an_album_comes_count_and_begin_one_painting() -> None:
    world = World()
    for _ in range(2):
        world.send_photo(ADA, "album")
    world.say(ADA, "strong")
    world.pass_time(5)
    assert [one.options.strength for one in world.memory.jobs.values()] == [0.7]


def test_words_after_the_photo_count_too() -> None:
    state, effects = turn(state_of(session=one_picture()), said("strong please"))
    assert state.session.wishes == STRONG
    question = only(effects, Send)
    assert question.text.startswith("Understood: strength 70 %.")
    assert Verb.PICK in verbs_of(question.keyboard)


@pytest.mark.parametrize("words", ["style", "swap"])
def test_words_make_the_photo_the_style(words: str) -> None:
    state, effects = turn(state_of(session=one_picture()), said(words))
    assert state.session == Session(style=picture(1))
    assert only(effects, Send).text.startswith("Got your style.")


def test_words_change_the_open_question_for_a_quality() -> None:
    before = state_of(session=both_pictures(), preferences=ASKING)
    state, effects = turn(before, said("80 %"))
    assert state.session.wishes == Wishes(strength=0.8)
    assert "strength 80 %" in only(effects, Send).text
    assert "Strength: 80 %" in [
        button.label for row in only(effects, Send).keyboard for button in row
    ]


@pytest.mark.parametrize("session", [EMPTY_SESSION, one_picture()])
def test_other_words_are_answered_as_before(session: Session) -> None:
    state, effects = turn(state_of(session=session), said("what a strong wind"))
    assert state.session.wishes == Wishes()
    assert only(effects, Send).text.startswith(ENGLISH.cannot_use(MessageKind.TEXT))


def test_words_without_a_picture_are_no_wish() -> None:
    state, effects = turn(state_of(), said("strong"))
    assert state.session == EMPTY_SESSION
    assert only(effects, Send).text.startswith(ENGLISH.cannot_use(MessageKind.TEXT))


RESULT_THERE = facts_of(job(3, state=JobState.DELIVERED))


@pytest.mark.parametrize(
    ("words", "options", "start_from"),
    [
        ("stronger", replace(QUICK, strength=0.7), 3),
        ("finer, keep colours", replace(QUICK, preset=Preset.FINE, colours=MINE), None),
        ("swap", QUICK, None),
    ],
)
def test_words_after_a_result_paint_it_once_more(
    words: str, options: Options, start_from: int | None
) -> None:
    _, effects = turn(state_of(facts=facts_with(subject=RESULT_THERE)), said(words))
    submitted = only(effects, SubmitJob)
    assert (submitted.options, submitted.start_from) == (options, start_from)
    assert submitted.content == picture(2 if words == "swap" else 1)
    status, answer = of_kind(effects, Send)
    assert status.job_id == 9
    assert answer.text.startswith("Understood: ")


def test_words_that_a_result_has_already_paint_nothing() -> None:
    _, effects = turn(state_of(facts=facts_with(subject=RESULT_THERE)), said("quick"))
    assert [only(effects, Send).text] == [ENGLISH.as_it_is()]
    assert of_kind(effects, SubmitJob) == []


def test_words_after_a_result_are_for_what_was_sent_since() -> None:
    before = state_of(facts=facts_with(subject=RESULT_THERE), session=one_picture())
    state, effects = turn(before, said("strong"))
    assert state.session.wishes == STRONG
    assert of_kind(effects, SubmitJob) == []


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("strong", facts_of(job(3, state=JobState.DELIVERED), kept=False)),
        ("strong", facts_of(job(3, state=JobState.DELIVERED, options=looks(QUICK)))),
        ("photo", RESULT_THERE),
        ("what a strong wind", RESULT_THERE),
    ],
)
def test_words_that_cannot_mean_a_result_are_answered_as_before(
    words: str, subject: JobFacts
) -> None:
    _, effects = turn(state_of(facts=facts_with(subject=subject)), said(words))
    assert only(effects, Send).text.startswith(ENGLISH.cannot_use(MessageKind.TEXT))


def test_words_that_cannot_be_heeded_now_say_why() -> None:
    facts = facts_with(subject=RESULT_THERE, refusal=QueueError(sentence("It is full.")))
    _, effects = turn(state_of(facts=facts), said("stronger"))
    assert of_kind(effects, SubmitJob) == []
    assert only(effects, CountRefusal).refusal == facts.refusal


def test_words_change_what_is_being_painted() -> None:
    before = state_of(jobs=(job(3),))
    state, effects = turn(before, said("stronger, please"))
    assert state == before
    assert only(effects, ChangeJob) == ChangeJob(job_id=3, options=replace(QUICK, strength=0.7))
    assert only(effects, Edit).text.startswith("<b>Painting</b> · Quick · strength 70 %")
    assert only(effects, Send).text == "Understood: strength 70 %."


def shown_in(message_id: int, role: Role = Role.STATUS) -> tuple[BotMessage, ...]:
    return (BotMessage(id=message_id, role=role, message_id=message_id),)


def answering(message_id: int, text: str) -> WordsSent:
    answer = heard(150, replied=reply_to(message_id))
    return WordsSent(heard=answer, kind=MessageKind.TEXT, text=text)


def test_words_that_answer_a_painting_change_that_one() -> None:
    older = job(3, messages=shown_in(40), options=replace(QUICK, strength=0.7))
    newer = job(4, messages=shown_in(50))
    for session in (EMPTY_SESSION, one_picture()):
        before = state_of(jobs=(older, newer), session=session)
        _, effects = turn(before, answering(40, "stronger"))
        changed = only(effects, ChangeJob)
        assert (changed.job_id, changed.options.strength) == (3, 0.9)
        _, effects = turn(before, answering(50, "stronger"))
        assert only(effects, ChangeJob).job_id == 4


@pytest.mark.parametrize("session", [EMPTY_SESSION, one_picture()])
@pytest.mark.parametrize("busy", [False, True])
def test_words_that_answer_a_result_paint_that_one_whatever_goes_on(
    session: Session, *, busy: bool
) -> None:
    messages = shown_in(40, Role.PHOTO)
    ended = job(3, state=JobState.DELIVERED, content=picture(11), messages=messages)
    before = state_of(
        session=session,
        jobs=(job(4, messages=shown_in(50)),) if busy else (),
        facts=facts_with(subject=facts_of(ended)),
    )
    state, effects = turn(before, answering(40, "stronger"))
    assert state.session == session
    assert only(effects, SubmitJob).content == picture(11)
    assert of_kind(effects, ChangeJob) == []


def test_stronger_is_stronger_each_time() -> None:
    painted = job(3, options=replace(QUICK, strength=0.7))
    _, effects = turn(state_of(jobs=(painted,)), said("stronger"))
    assert only(effects, ChangeJob).options.strength == 0.9


def test_words_that_it_has_already_change_nothing() -> None:
    _, effects = turn(state_of(jobs=(job(3),)), said("quick"))
    assert [only(effects, Send).text] == [ENGLISH.already()]
    assert of_kind(effects, ChangeJob) == []


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("style", QUICK),
        ("classic please", QUICK),
        ("finer", Options(preset=Preset.CLASSIC)),
        ("strong", looks(QUICK)),
        ("swap", looks(QUICK)),
        ("swap, classic", QUICK),
        ("strong", Options(preset=Preset.CLASSIC)),
    ],
)
def test_words_for_what_cannot_be_changed_say_where_what_can_be_is(
    words: str, options: Options
) -> None:
    before = state_of(jobs=(job(3, options=options),))
    state, effects = turn(before, said(words))
    (sentence,) = effects
    assert state == before
    assert isinstance(sentence, Send)
    assert sentence.text.startswith("This painting can't be changed that way.")
    # A collage has no such button.
    assert ("Change, under it," in sentence.text) is (not options.collage)


def test_swap_puts_another_painting_in_place_of_what_is_being_painted() -> None:
    world = World()
    world.order(ADA)
    world.say(ADA, "swap, strong")
    cancelled, painted = world.memory.jobs.values()
    assert cancelled.state is JobState.CANCELLED
    assert (painted.content, painted.style) == (cancelled.style, cancelled.content)
    assert painted.options == replace(QUICK, strength=0.7)
    assert painted.status == cancelled.status
    assert list(world.chat(ADA).values())[-1].text == (
        "Understood: strength 70 %. Swapped. Beginning anew."
    )


def test_a_blend_is_not_swapped_and_one_that_is_painted_needs_room_for_another() -> None:
    blend = state_of(jobs=(job(3, further=(picture(5),)),))
    assert only(turn(blend, said("swap"))[1], Send).text == ENGLISH.cannot_change(opens=True)
    full = facts_with(refusal=QueueError(sentence("The queue is <full>.")))
    for state, refused in ((JobState.RUNNING, True), (JobState.QUEUED, False)):
        _, effects = turn(state_of(jobs=(job(3, state=state),), facts=full), said("swap"))
        texts = [one.text for one in of_kind(effects, Send)]
        assert ("The queue is &lt;full&gt;." in texts) is refused
        assert len(of_kind(effects, CountRefusal)) == refused
        assert len(of_kind(effects, SubmitJob)) == 1 - refused


def test_in_a_group_words_about_another_picture_of_the_bots_change_nothing() -> None:
    before = state_of(ADA_IN_GROUP, session=one_picture())
    answer = heard(50, private=False, replied=reply_to(99, picture=True))
    event = WordsSent(heard=answer, kind=MessageKind.TEXT, text="strong")
    assert turn(before, event) == (before, ())


@pytest.mark.parametrize("over", [False, True])
def test_in_a_group_words_about_ones_own_painting_count_and_a_comment_does_not(
    *, over: bool
) -> None:
    state = JobState.DELIVERED if over else JobState.RUNNING
    own = job(3, ADA_IN_GROUP, state, messages=shown_in(99, Role.PHOTO if over else Role.STATUS))
    facts = facts_with(subject=facts_of(own) if over else None)
    before = state_of(ADA_IN_GROUP, jobs=() if over else (own,), facts=facts)
    answer = heard(150, private=False, replied=reply_to(99, picture=True))
    stronger = WordsSent(heard=answer, kind=MessageKind.TEXT, text="stronger")
    _, effects = turn(before, stronger)
    *_, said = of_kind(effects, Send)
    assert (said.text, said.reply_to) == ("Understood: strength 70 %.", 150)
    changed = of_kind(effects, SubmitJob) if over else of_kind(effects, ChangeJob)
    assert [one.options.strength for one in changed] == [0.7]
    assert turn(before, replace(stronger, text="how beautiful")) == (before, ())


def test_what_was_wanted_goes_with_the_session() -> None:
    before = state_of(session=replace(one_picture(), wishes=STRONG))
    state, effects = turn(before, sent(2))
    assert state.session.step is Step.CONTENT
    assert state.session.wishes == Wishes()
    assert of_kind(effects, ChangeJob) == []
    assert of_kind(effects, Edit) == []
