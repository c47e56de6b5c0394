"""Passwords and tokens: how they are made, checked and stored."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Problem

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 200

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106 for machines with little memory
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43


def password_problems(password: str, name: str) -> list[Problem]:
    """Return what is wrong with a new password, at `password`."""
    if len(password) < LEAST_CHARACTERS:
        message = f"The password has {len(password)} characters; at least {LEAST_CHARACTERS} are needed."
        return [Problem("password", message, "Use a few words that belong to no sentence.")]
    if len(password) > MOST_CHARACTERS:
        message = f"The password has {len(password):,} characters; at most {MOST_CHARACTERS} can be used."
        return [Problem("password", message)]
    if password.casefold() == name.casefold() or len(set(password)) < 4:
        return [Problem("password", "This password is easy to guess.", "Use a few unrelated words.")]
    return []


def hashed(password: str) -> str:
    """Return the argon2id hash to store."""
    return _hasher.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Return whether a password is the stored one; as slow where there is none, so that names stay secret."""
    if len(password) > MOST_CHARACTERS:
        return False
    try:
        return _hasher.verify(stored or _NOBODYS, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """Return 256 random bits for a link or a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is stored of a token; a stolen database opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()
