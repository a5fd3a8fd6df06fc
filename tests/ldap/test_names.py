"""Names of entries as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.utils.dn import parse_dn

from provisioning.ldap.names import depth, dn, escape, parts


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("cv23456789", "cv23456789"),
        ("a,b", "a\\2cb"),
        ("a+b=c", "a\\2bb\\3dc"),
        ('"<>;', "\\22\\3c\\3e\\3b"),
        ("a\\b", "a\\5cb"),
        ("a\0b", "a\\00b"),
        ("a\nb", "a\\0ab"),
        ("#1", "\\231"),
        (" x ", "\\ x\\ "),
        (" ", "\\ "),
        ("Đào", "Đào"),
    ],
)
def test_special_letters_are_escaped(value: str, escaped: str) -> None:
    """What means something in a DN is escaped; everything else stays as it is."""
    assert escape(value) == escaped


@pytest.mark.parametrize("value", [["a"], b"a", None, 1])
def test_only_text_is_escaped(value: object) -> None:
    """What is no text is refused, never passed on as it is."""
    with pytest.raises(TypeError):
        escape(value)  # type: ignore[arg-type]  # what is refused


def test_part_without_an_attribute_stands_as_it_is() -> None:
    """A name that the server spelled is written back as it was spelled, below it too."""
    spelled = ("", "cn=An\\2C x+uid=an,ou=Users")

    assert dn((spelled,), "dc=vn") == "cn=An\\2C x+uid=an,ou=Users,dc=vn"
    assert dn((("cvDeviceId", "a,b"), spelled), "dc=vn") == "cvDeviceId=a\\2cb,cn=An\\2C x+uid=an,ou=Users,dc=vn"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1))
def test_value_never_adds_a_part(value: str) -> None:
    """Whatever the value, the name has the parts it was given and no more."""
    name = dn((("uid", value), ("ou", "people")), "dc=gov,dc=vn")

    assert [attribute for attribute, _, _ in parse_dn(name)] == ["uid", "ou", "dc", "dc"]
    assert depth(name) == 4


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("cn=An,ou=Users", (("cn", "An"), ("ou", "Users"))),
        ("cn=Nguyễn Văn An\\2C tiến sĩ,ou=Users", (("cn", "Nguyễn Văn An, tiến sĩ"), ("ou", "Users"))),
        ("cn=A\\2BB,ou=Users", (("cn", "A+B"), ("ou", "Users"))),
        ("cn=\\C4\\90\\C3\\A0o,ou=Users", (("cn", "Đào"), ("ou", "Users"))),
        ("cn=An+uid=an,ou=Users", ()),
        ("An,ou=Users", ()),
    ],
)
def test_names_are_read_as_slapd_writes_them(path: str, name: tuple[tuple[str, str], ...]) -> None:
    """Escapes are undone; a part with several attributes is no name of ours."""
    assert parts(path) == name


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1))
def test_read_name_is_the_one_written(value: str) -> None:
    """What was written into a name is read from it."""
    name = (("cn", value), ("ou", "Users"))

    assert parts(dn(name, "").removesuffix(",")) == name
