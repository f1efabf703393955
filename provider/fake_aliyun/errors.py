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

    Codes that no table lists are 400 with the code itself as their sentence, as is a client error whose page
    is not known.
    """
    for table in (COMMON, DOCUMENTED):
        for status, known, message in table:
            if known == code:
                return status, message
    return 400, f"The request was refused: {code}."
