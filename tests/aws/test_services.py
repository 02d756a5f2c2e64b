"""Services under their names: `from keyflow.aws import X` is AWS's X, whatever keyflow calls its own modules."""

from __future__ import annotations

import builtins
import keyword
import pkgutil
from importlib import import_module

import pytest

import keyflow.aws
from keyflow.aws import Service
from keyflow.aws.editor_types import module_text
from keyflow.aws.models import service_names
from keyflow.aws.naming import python_name


@pytest.fixture(scope="module", autouse=True)
def _every_module_is_loaded() -> None:
    """A module of a package becomes its attribute when it is imported, and hides what `__getattr__` would give."""
    for module in pkgutil.walk_packages(keyflow.aws.__path__, "keyflow.aws."):
        import_module(module.name)


def test_a_service_goes_by_its_name_and_no_module_hides_it() -> None:
    found = {name: getattr(keyflow.aws, python_name(name)) for name in service_names()}
    assert len(found) > 400
    assert [name for name, each in found.items() if not isinstance(each, Service)] == []
    assert {name: each.model.name for name, each in found.items()} == {name: name for name in found}


def test_a_definition_imports_it_and_what_stubs_write_is_the_same() -> None:
    listed = {python_name(name): name for name in service_names()}
    assert len(listed) == len(service_names()), "no two services have one name"
    imported: dict[str, object] = {}
    exec(f"from keyflow.aws import {', '.join(listed)}", imported)  # a keyword would be an error of syntax
    stubs: dict[str, object] = {}
    exec(compile(module_text(service_names()), "_aws.py", "exec"), stubs)
    assert [name for name in listed if imported[name] is not stubs[name]] == []


def test_no_service_hides_what_python_has() -> None:
    """An import of a service in a definition takes neither a function of Python from it, nor one of keyflow's calls."""
    names = {python_name(name) for name in service_names()}
    assert names & {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, *keyflow.aws.__all__} == set()


def test_the_service_and_its_operations_have_names_apart() -> None:
    """`model` and `errors` are the service's own attributes: an operation of that name could not be called."""
    own = {"model", "errors"}
    assert [name for name in service_names() if own & keyflow.aws.service(name).model.operations.keys()] == []
