"""What an operation answers when it refuses: a code, a message and an HTTP status."""

from __future__ import annotations

from fake_aliyun.error_codes import COMMON, DOCUMENTED


class ApiError(Exception):
    """A refusal in the API's own terms.

    The status and the message default to what the vendor's tables say for the code; where a code stands for
    several sentences, give the message that is meant.

    Attributes:
        code: The API's error code.
        status: The HTTP status.
        message: The API's sentence.
        lasting: Whether the refusal is definitive, so that a repeated ClientToken is answered with it again.
    """

    def __init__(self, code: str, message: str = "", *, status: int = 0, lasting: bool = True) -> None:
        known_status, known_message = describe(code)
        self.code = code
        self.status = status or known_status
        self.message = message or known_message
        self.lasting = lasting and self.status < 500 and not code.startswith("Throttling")
        super().__init__(f"{self.code}: {self.message}")


def describe(code: str) -> tuple[int, str]:
    """Gives the documented status of a code and the first documented sentence for it.

    Codes that no table lists are 400. Where such a one names what is not valid, the sentence does as well, as the
    vendor's do.
    """
    for table in (COMMON, DOCUMENTED):
        for status, known, message in table:
            if known == code:
                return status, message
    head, _, rest = code.partition(".")
    name = rest if head == "InvalidParameter" else head.removeprefix("Invalid")
    if name and head.startswith("Invalid"):
        return 400, f'The specified parameter "{name}" is not valid.'
    return 400, f"The request was refused: {code}."
