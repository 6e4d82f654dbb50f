from __future__ import annotations

import pytest

from bot.playground.api_errors import ApiError
from bot.playground.entities import parse_html, plain_text
from bot.playground.rendering import render
from bot.playground.telegram_objects import ApiEntity
from bot.playground.utf16 import utf16_slice


def marked(html: str) -> list[tuple[str, str]]:
    """Each entity's type and the text under it."""
    text = parse_html(html)
    return [
        (entity.type, utf16_slice(text.plain, entity.offset, entity.end))
        for entity in text.entities
    ]


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("b", "bold"),
        ("strong", "bold"),
        ("i", "italic"),
        ("em", "italic"),
        ("u", "underline"),
        ("s", "strikethrough"),
        ("del", "strikethrough"),
        ("code", "code"),
        ("pre", "pre"),
        ("blockquote", "blockquote"),
    ],
)
def test_each_tag_marks_its_text(tag: str, kind: str) -> None:
    assert marked(f"before <{tag}>inside</{tag}> after") == [(kind, "inside")]


def test_offsets_count_utf16_units() -> None:
    text = parse_html("🎨🎨 <b>画</b>")

    assert text.plain == "🎨🎨 画"
    assert (text.entities[0].offset, text.entities[0].length) == (5, 1)


def test_tags_nest_and_entities_are_decoded() -> None:
    html = "<b>1 &lt; 2 <i>&amp; &quot;3&#39;&#x1F3A8;&nbsp;</i></b>"

    assert parse_html(html).plain == "1 < 2 & \"3'🎨&nbsp;"
    assert marked(html) == [("bold", "1 < 2 & \"3'🎨&nbsp;"), ("italic", "& \"3'🎨&nbsp;")]


def test_white_space_at_the_ends_is_stripped_from_text_and_entities() -> None:
    assert parse_html("  \n<b> bold </b>\n ").plain == "bold"
    assert marked("  \n<b> bold </b>\n ") == [("bold", "bold")]


def test_links_and_expandable_quotes_keep_what_they_say() -> None:
    text = parse_html(
        '<a href="https://example.org/?a=1&amp;b=2">here</a>'
        "<blockquote expandable>long</blockquote>"
    )
    link, quote = text.entities

    assert (link.type, link.url) == ("text_link", "https://example.org/?a=1&b=2")
    assert quote.type == "expandable_blockquote"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("ä <blink>x</blink>", 'Unsupported start tag "blink" at byte offset 3'),
        ("a < b > c", 'Unsupported start tag "" at byte offset 2'),
        ("a < b", "Unclosed start tag at byte offset 2"),
        ("text </b>", "Unexpected end tag at byte offset 5"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<!-- no -->", 'Unsupported start tag "!--" at byte offset 0'),
        ("line\n<br/>", 'Unsupported start tag "br/" at byte offset 5'),
        ("<span>x</span>", 'Unsupported start tag "span" at byte offset 0'),
        ("<script>x</script>", 'Unsupported start tag "script" at byte offset 0'),
    ],
)
def test_broken_html_is_refused_in_telegrams_words(html: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_html(html)

    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


def test_commands_mentions_and_links_are_found_in_plain_text() -> None:
    text = plain_text("/start@atelier_bot hi @ada, see https://example.org/x. No a/b, me@host.org")

    assert [(entity.type, entity.offset, entity.length) for entity in text.entities] == [
        ("bot_command", 0, 18),
        ("mention", 22, 4),
        ("url", 32, 21),
    ]


def test_rendering_escapes_what_people_write() -> None:
    assert render("<img onerror=1> & 'x'", []) == "&lt;img onerror=1&gt; &amp; &#x27;x&#x27;"


def test_rendering_gives_back_what_was_parsed() -> None:
    html = "1 &lt; 2 <b>bold <i>both</i></b> <code>x</code>"
    text = parse_html(html)

    assert render(text.plain, text.entities) == html


def test_overlapping_entities_are_rendered_with_tags_that_nest() -> None:
    overlapping = [
        ApiEntity(type="bold", offset=0, length=2),
        ApiEntity(type="italic", offset=1, length=2),
    ]

    assert render("abc", overlapping) == "<b>a<i>b</i></b><i>c</i>"


def test_a_link_that_would_run_a_script_is_not_rendered_as_one() -> None:
    link = ApiEntity(type="text_link", offset=0, length=1, url="javascript:alert(1)")

    assert render("x", [link]) == "<span>x</span>"
