"""What a person chose in /settings, and the part of it that each job carries."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from core.style.options import Colours, Options, Preset

if TYPE_CHECKING:
    from collections.abc import Sequence

E = TypeVar("E", bound=StrEnum)
D = TypeVar("D")


class Part(StrEnum):
    """One message of a result."""

    PHOTO = "photo"
    DOCUMENT = "document"


class Form(StrEnum):
    """As which messages a result is sent."""

    BOTH = "both"
    PHOTO = "photo"
    FILE = "file"

    @property
    def parts(self) -> tuple[Part, ...]:
        """The messages of this form, in order."""
        return {
            Form.BOTH: (Part.PHOTO, Part.DOCUMENT),
            Form.PHOTO: (Part.PHOTO,),
            Form.FILE: (Part.DOCUMENT,),
        }[self]


class Sound(StrEnum):
    """Which messages about a job notify the person with a sound."""

    ALL = "all"
    RESULTS = "results"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """How a result is delivered. Each job carries its own, so that later changes of the settings do not affect it.

    Attributes:
        form: As which messages the result is sent.
        sound: Which messages notify with a sound.
    """

    form: Form = Form.PHOTO
    sound: Sound = Sound.RESULTS

    def to_json(self) -> str:
        """Only what differs from the defaults."""
        return _changes(self, DEFAULT_HANDOVER)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse. Unknown or invalid values fall back to the default."""
        kept, default = _read(text), DEFAULT_HANDOVER
        return cls(
            form=_one_of(Form, kept.get("form"), default.form),
            sound=_one_of(Sound, kept.get("sound"), default.sound),
        )


DEFAULT_HANDOVER: Final = Handover()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """One person's choices for new jobs.

    Attributes:
        preset: The preset that is offered first; None for no preference.
        strength: From 0 (the photo) to 1 (all style).
        colours: Whose colours the result has.
        style_scale: Size of the style's strokes relative to the result.
        form: As which messages a result is sent.
        sound: Which messages notify with a sound.
        language: An IETF code; None for the language of the Telegram client.
        ask: Whether the quality is asked for before each painting; else it begins at once.
    """

    preset: Preset | None = None
    strength: float = Options().strength
    colours: Colours = Colours.STYLE
    style_scale: float = Options().style_scale
    form: Form = Form.PHOTO
    sound: Sound = Sound.RESULTS
    language: str | None = None
    ask: bool = False

    @property
    def usual_preset(self) -> Preset:
        """The preset of a painting that begins without being asked about."""
        return self.preset or Preset.QUICK

    @property
    def handover(self) -> Handover:
        """How the results of new jobs are delivered."""
        return Handover(form=self.form, sound=self.sound)

    def options(self, preset: Preset) -> Options:
        """The options of a new job."""
        return Options(
            preset=preset,
            strength=self.strength,
            colours=self.colours,
            style_scale=self.style_scale,
        )

    def to_json(self) -> str:
        """Only what differs from the defaults."""
        return _changes(self, DEFAULT_PREFERENCES)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse. Unknown or invalid values fall back to the default."""
        kept, default = _read(text), DEFAULT_PREFERENCES
        language = kept.get("language")
        return cls(
            preset=_one_of(Preset, kept.get("preset"), None),
            strength=_number(kept.get("strength"), 0, 1, default.strength),
            colours=_one_of(Colours, kept.get("colours"), default.colours),
            style_scale=_number(kept.get("style_scale"), 0.25, 4, default.style_scale),
            form=_one_of(Form, kept.get("form"), default.form),
            sound=_one_of(Sound, kept.get("sound"), default.sound),
            language=language if isinstance(language, str) and language else None,
            ask=kept.get("ask", default.ask) is True,
        )


DEFAULT_PREFERENCES: Final = Preferences()
"""The preferences of a person who chose nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person wants of their next painting alone; None for what they usually have.

    Attributes:
        preset: The preset.
        strength: From 0 (the photo) to 1 (all style).
        colours: Whose colours the result has.
        swapped: Whether the two pictures are to change places.
        style_message: The message whose picture is the style, if it was said of one of an album.
        content_message: The message whose picture is the photo, if it was said of one of an album.
        lost_of: The album that is coming of which pictures could not be taken.
        lost: Their messages: their places stay empty.
    """

    preset: Preset | None = None
    strength: float | None = None
    colours: Colours | None = None
    swapped: bool = False
    style_message: int | None = None
    content_message: int | None = None
    lost_of: str | None = None
    lost: tuple[int, ...] = ()

    def over(self, preferences: Preferences) -> Preferences:
        """The preferences with what is wanted in place of what is usual."""
        return replace(
            preferences,
            preset=self.preset or preferences.preset,
            strength=preferences.strength if self.strength is None else self.strength,
            colours=self.colours or preferences.colours,
        )

    def upon(self, options: Options) -> Options:
        """Options of an earlier painting with what is wanted in place of what that had."""
        return replace(
            options,
            preset=self.preset or options.preset,
            strength=options.strength if self.strength is None else self.strength,
            colours=self.colours or options.colours,
        )

    def and_then(self, later: Wishes) -> Wishes:
        """Both; of two that differ the later one counts."""
        return Wishes(
            preset=later.preset or self.preset,
            strength=self.strength if later.strength is None else later.strength,
            colours=later.colours or self.colours,
            swapped=self.swapped or later.swapped,
            style_message=later.style_message or self.style_message,
            content_message=later.content_message or self.content_message,
            lost_of=self.lost_of,
            lost=self.lost,
        )

    def photo_among(self, messages: Sequence[int]) -> int:
        """Which of two and more pictures, in the order of their messages, is the photo."""
        photo = 1 if messages[0] == self.style_message else 0
        if self.content_message in messages:
            photo = messages.index(self.content_message)
        if self.swapped:
            photo = 0 if photo else 1
        return photo

    @property
    def without_places(self) -> Self:
        """The same without what was said of the places of pictures, which have taken them."""
        return replace(
            self, swapped=False, style_message=None, content_message=None, lost_of=None, lost=()
        )

    def to_json(self) -> str:
        """Only what is wanted."""
        return _changes(self, NO_WISHES)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse. What cannot be read is not wanted."""
        kept = _read(text)
        lost_of, lost = kept.get("lost_of"), kept.get("lost")
        return cls(
            preset=_one_of(Preset, kept.get("preset"), None),
            strength=_number(kept.get("strength"), 0, 1, None),
            colours=_one_of(Colours, kept.get("colours"), None),
            swapped=kept.get("swapped") is True,
            style_message=_message(kept.get("style_message")),
            content_message=_message(kept.get("content_message")),
            lost_of=lost_of if isinstance(lost_of, str) else None,
            lost=tuple(one for one in lost if isinstance(one, int))
            if isinstance(lost, list)
            else (),
        )


NO_WISHES: Final = Wishes()
"""Everything as usual."""


def _changes(value: Any, default: Any) -> str:  # noqa: ANN401
    usual = asdict(default)
    changed = {name: one for name, one in asdict(value).items() if one != usual[name]}
    return json.dumps(changed, separators=(",", ":"))


def _read(text: str) -> dict[str, Any]:
    try:
        kept = json.loads(text)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _one_of(kind: type[E], value: object, default: D) -> E | D:
    return next((one for one in kind if one == value), default)


def _message(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _number(value: object, low: float, high: float, default: D) -> float | D:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return float(value) if low <= value <= high else default
