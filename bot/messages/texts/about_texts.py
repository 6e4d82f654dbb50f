"""What the bot says about itself."""

from __future__ import annotations

from bot.messages import number_formats
from bot.messages.texts.words import Words


class AboutTexts(Words):
    """What the bot says about itself."""

    def own_name(self) -> str:
        """What this language's speakers call it."""
        return self._("English")

    def welcome(self) -> str:
        """The answer to /start."""
        return self._(
            "<b>Welcome to Atelier.</b> I repaint your photos in the style of any other picture."
        )

    def help(self, max_picture_mb: int) -> str:
        """The answer to /help.

        Args:
            max_picture_mb: The largest file that is taken, in MB.
        """
        return self._(
            "<b>How it works</b>\n"
            "1. Send the photo you want repainted.\n"
            "2. Send a picture whose style you like: a painting, a pattern, a drawing.\n"
            "3. Watch it change. Buttons under it change how it's painted, or stop it.\n\n"
            "Both pictures may come in one album (photo first, then the style; of several styles I blend up to "
            "four), as photos or as files. I read JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP and GIF, up to {megabytes} "
            "MB and 63 megapixels; also stickers, and the first frame of anything that moves.\n\n"
            "/styles shows the styles you've used: name the ones you like, and keep them. "
            "/status says how far your painting is, /cancel stops it or starts over, /settings "
            "holds what you always want, /privacy says what I keep, and /forget deletes it.\n\n"
            "In a group I read only commands and replies to my messages: reply to any picture "
            "with /paint. The group's admins can stop a painting by replying to it with "
            "/cancel.\n\n"
        ).format(megabytes=max_picture_mb) + (
            f"{self.about_captions()}\n\n{number_formats.folded(self.about_details())}"
        )

    def about_captions(self) -> str:
        """What words beside a picture are understood."""
        return self._(
            "Words beside a picture say how to paint it: strong, soft, 70 %, quick, fine quality, keep colours, swap, "
            "or style for a picture that is the style. They count if nothing else is written, or after a comma with a "
            "please: “my cat, strong please”."
        )

    def about_details(self) -> str:
        """What the details under a result mean, in plain words."""
        return self._(
            "<b>The details under a picture</b>\n"
            "<b>Style loss</b>: how far its colours and textures are from the style, when painting began and at the end. "
            "Lower is closer.\n"
            "<b>Content loss</b>: how far its shapes are from your photo. It begins at 0, the photo itself, and "
            "grows as the style comes in.\n"
            "<b>Evaluations</b>: how often the picture was compared with both and corrected.\n"
            "<b>Size</b>: width and height in pixels. <b>On</b> tells what did the work: cpu, or a graphics card."
        )

    def command_descriptions(self) -> dict[str, str]:
        """What the menu says about each command."""
        return {
            "start": self._("Start here"),
            "help": self._("How it works"),
            "status": self._("How far your painting is"),
            "styles": self._("Your styles: use, name, keep, remove"),
            "paint": self._("Restyle a photo; as a reply: the photo you reply to"),
            "cancel": self._("Stop a painting, or start over"),
            "settings": self._("What you always want for your paintings"),
            "privacy": self._("What I keep, and for how long"),
            "forget": self._("Delete everything I know about you"),
        }

    def description(self) -> str:
        """What an empty chat shows; at most 512 characters."""
        return self._(
            "Send me a photo and a picture whose style you like. I repaint your photo in that "
            "style, and you can watch it happen."
        )

    def short_description(self) -> str:
        """What the bot's profile shows; at most 120 characters."""
        return self._("Repaints your photo in the style of another picture.")

    def unknown_command(self) -> str:
        """A command that does not exist."""
        return self._("I don't know this command. /help lists what I can do.")
