"""What a plugin in Python sees of Plimsoll: objects as nodes that know where they stand, and a report that takes findings.

The names are those of the SDK for Rust. Nothing here needs WebAssembly, so a rule can be tested as any function.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Iterator, Protocol


@dataclass
class Place:
    """An address as the interface has it."""

    object: int
    node: int
    path: str


class Node:
    """An address in an object and the value there, if there is one.

    A step that leads nowhere is no error: the node is then missing, knows its address all the same, and a finding on it is shown at the
    nearest ancestor that exists.
    """

    __slots__ = ("value", "is_missing", "key", "_parent", "_owner")

    def __init__(self, value: Any, is_missing: bool, parent: Node | None, key: str | int, owner: int) -> None:
        self.value = value
        """The value as JSON has it; None where nothing is written."""
        self.is_missing = is_missing
        """Whether nothing is written at this address, not even `null`."""
        self.key = key
        """The key or the position under which it stands."""
        self._parent = parent
        self._owner = owner

    def get(self, key: str) -> Node:
        """The value under a key."""
        there = isinstance(self.value, dict) and key in self.value
        return Node(self.value[key] if there else None, not there, self, key, self._owner)

    def at(self, *keys: str) -> Node:
        """The value at the end of several keys."""
        node = self
        for key in keys:
            node = node.get(key)
        return node

    def items(self) -> list[Node]:
        """The items of a sequence; none if it is not one."""
        items = self.value if isinstance(self.value, list) else []
        return [Node(item, False, self, position, self._owner) for position, item in enumerate(items)]

    def entries(self) -> list[tuple[str, Node]]:
        """The entries of a mapping with their keys; none if it is not one."""
        return [(key, self.get(key)) for key in self.value] if isinstance(self.value, dict) else []

    @property
    def is_set(self) -> bool:
        """Whether a value is there that Kubernetes would take notice of: anything but nothing and `null`."""
        return self.value is not None

    @property
    def string(self) -> str:
        """The text, or nothing where it is no string."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def parent(self) -> Node:
        """What it stands in; the object itself for the object."""
        return self._parent or self

    @property
    def pointer(self) -> str:
        """Where it stands in its object, as an RFC 6901 pointer."""
        if self._parent is None:
            return ""
        return self._parent.pointer + "/" + f"{self.key}".replace("~", "~0").replace("/", "~1")

    @property
    def place(self) -> Place:
        """The address as the interface has it."""
        return Place(self._owner, 0, self.pointer)


class KubernetesObject(Node):
    """One Kubernetes object."""

    __slots__ = ("file", "_pods")

    def __init__(self, given: dict[str, Any], position: int) -> None:
        super().__init__(given["object"], False, None, "", position)
        self.file: str = given["file"]
        """The path of the source, relative to the root of the repository."""
        self._pods: list[dict[str, str | None]] = given["pods"]

    @property
    def api_version(self) -> str:
        """`apps/v1`; empty where it is missing."""
        return self.get("apiVersion").string

    @property
    def group(self) -> str:
        """The API group: `apps`; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def kind(self) -> str:
        """`Deployment`."""
        return self.get("kind").string

    @property
    def name(self) -> str:
        """The object's name; empty where it is missing."""
        return self.at("metadata", "name").string

    @property
    def namespace(self) -> str:
        """The object's namespace; empty where it has none."""
        return self.at("metadata", "namespace").string

    @property
    def labels(self) -> Node:
        """`metadata.labels`."""
        return self.at("metadata", "labels")

    @property
    def annotations(self) -> Node:
        """`metadata.annotations`."""
        return self.at("metadata", "annotations")

    @property
    def pods(self) -> list[Pod]:
        """The object's pods: one for most kinds that carry any, several for some custom kinds."""
        return [Pod(self._find(pod["spec"] or ""), self._metadata(pod)) for pod in self._pods]

    def answers(self, kinds: list[str]) -> bool:
        """Whether a rule that asks for these kinds looks at the object."""
        return any(self._answers(kind) for kind in kinds)

    def _answers(self, wanted: str) -> bool:
        if wanted in ("*", "@pods"):
            return wanted == "*" or bool(self._pods)
        group, slash, kind = wanted.rpartition("/")
        return self.kind == kind and (not slash or self.group == group)

    def _metadata(self, pod: dict[str, str | None]) -> Node | None:
        return None if pod["metadata"] is None else self._find(pod["metadata"])

    def _find(self, pointer: str) -> Node:
        node: Node = self
        for step in pointer.split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            node = node.items()[int(step)] if isinstance(node.value, list) else node.get(step)
        return node


class Pod:
    """The pod template of an object, or a `Pod` itself."""

    def __init__(self, spec: Node, metadata: Node | None) -> None:
        self.spec = spec
        self.metadata = metadata or spec.parent.get("metadata")

    @property
    def labels(self) -> Node:
        """The labels of the pod."""
        return self.metadata.get("labels")

    @property
    def containers(self) -> list[Node]:
        """The main containers."""
        return self.spec.get("containers").items()

    @property
    def all_containers(self) -> list[Node]:
        """Every container: init containers and sidecars, then the main ones, then ephemeral ones."""
        others = (self.spec.get(key).items() for key in ("initContainers", "ephemeralContainers"))
        return [*next(others), *self.containers, *next(others)]


@dataclass
class Edit:
    """One change to a manifest."""

    at: Place
    action: str
    value: str

    @staticmethod
    def set(node: Node, value: Any) -> Edit:
        """Writes a value at the node, with all that is missing on the way to it."""
        return Edit(node.place, "set", json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    @staticmethod
    def remove(node: Node) -> Edit:
        """Removes the node: the key with its value, or the item."""
        return Edit(node.place, "remove", "")

    @staticmethod
    def rename(node: Node, key: str) -> Edit:
        """Gives the key of the node another name."""
        return Edit(node.place, "rename", key)


@dataclass
class Related:
    """A place that helps to understand a finding."""

    at: Place
    message: str


@dataclass
class Fix:
    """Edits that mend a finding together."""

    description: str
    edits: list[Edit]


@dataclass
class Said:
    """A finding as the interface has it."""

    rule: str
    at: Place
    message: str
    related: list[Related] = field(default_factory=list)
    fix: Fix | None = None
    properties: str = ""


class Finding:
    """What a rule says about a place."""

    def __init__(self, said: Said) -> None:
        self._said = said

    def related(self, node: Node, message: str) -> Finding:
        """Adds a place that helps to understand the finding."""
        self._said.related.append(Related(node.place, message))
        return self

    def fix(self, edit: Edit) -> Finding:
        """Adds an edit to the fix of this finding; all of its edits are made or none."""
        self._said.fix = self._said.fix or Fix(self._said.message, [])
        self._said.fix.edits.append(edit)
        return self


class Report:
    """Collects what a rule finds."""

    def __init__(self, rule: str, kubernetes: str, parameters: Any, said: list[Said]) -> None:
        self.kubernetes = kubernetes
        """The version of Kubernetes that the manifests are meant for, such as `1.37`."""
        self.parameters = parameters
        """What the rule's `parameters` made of the configuration."""
        self._rule = rule
        self._said = said

    def at(self, node: Node, message: str) -> Finding:
        """Says that something is wrong at a node, which need not exist.

        The message is for people: what is wrong here, and what to do.
        """
        said = Said(self._rule, node.place, message)
        self._said.append(said)
        return Finding(said)


@dataclass
class Problem(Exception):
    """Raised by a rule's `parameters`: what is wrong with them, and where, as an RFC 6901 pointer into them."""

    pointer: str
    message: str


class Problems(Exception):
    """All that is wrong with a configuration."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems


class GaveUp(Exception):
    """A rule raised something; the text says which, what and where."""


class Rule(Protocol):
    """The functions of a rule, as a module has them: one of the first two. What else there is to say of it stands in plugin.json.

    check(object: KubernetesObject, report: Report) -> None
        looks at one object
    check_set(objects: list[KubernetesObject], report: Report) -> None
        looks at all objects that are applied together; plugin.json says `"looksAt": "set"` then
    parameters(given: Any) -> Any
        makes of the configuration, which is None where it says nothing, what `report.parameters` then is; raises a Problem if something is
        wrong with it
    """


class Plugin:
    """A plugin with these rules, by id. src/plugin.py has one under the name PLUGIN."""

    def __init__(self, rules: dict[str, Rule | Any]) -> None:
        self._rules = rules
        self._kinds: dict[str, list[str]] = {}
        self._wanted: list[tuple[str, Rule | Any, Any]] = []
        self._kubernetes = ""

    def described(self, description: str) -> None:
        """Takes the text of plugin.json; `plimsoll plugin build` calls this."""
        described = json.loads(description)["rules"]
        self._kinds = {rule["id"]: rule.get("kinds", ["*"]) for rule in described}
        for rule in self._kinds:
            if rule not in self._rules:
                raise ValueError(f"plugin.json has a rule `{rule}` that the plugin has no functions for")
        for rule in self._rules:
            if rule not in self._kinds:
                raise ValueError(f"the plugin has a rule `{rule}` of which plugin.json says nothing")
        for rule in described:
            of_set, name = rule.get("looksAt") == "set", f"the rule `{rule['id']}`"
            has_check, has_check_set = (hasattr(self._rules[rule["id"]], function) for function in ("check", "check_set"))
            if has_check and has_check_set:
                raise ValueError(f"{name} has both check and check_set, of which a rule has one")
            if of_set and not has_check_set:
                raise ValueError(f'plugin.json says "looksAt": "set" of {name}, which has no check_set')
            if not of_set and not has_check:
                raise ValueError(f'{name} has no check, and plugin.json does not say "looksAt": "set" of it')

    def configure(self, text: str) -> None:
        """Takes the configuration, or raises Problems."""
        config = json.loads(text)
        problems = []
        self._kubernetes = config["kubernetes"]
        self._wanted = []
        for rule in self._kinds:
            if rule not in config["rules"]:
                continue
            try:
                given = config.get("parameters", {}).get(rule)
                self._wanted.append((rule, self._rules[rule], _parameters(self._rules[rule], given)))
            except Problem as problem:
                problems.append(Problem(f"/parameters/{rule}{problem.pointer}", problem.message))
            except Exception as error:
                problems.append(Problem(f"/parameters/{rule}", _told(error)))
        if problems:
            raise Problems(problems)

    def check(self, objects: bytes) -> list[Said]:
        """What the object rules say, or GaveUp."""
        said: list[Said] = []
        for object in _read(objects):
            for rule, functions, parameters in self._wanted:
                if hasattr(functions, "check") and object.answers(self._kinds[rule]):
                    _run(rule, functions.check, object, Report(rule, self._kubernetes, parameters, said))
        return said

    def check_set(self, objects: bytes) -> list[Said]:
        """What the set rules say, or GaveUp."""
        said: list[Said] = []
        everything = list(_read(objects))
        for rule, functions, parameters in self._wanted:
            if hasattr(functions, "check_set"):
                wanted = [object for object in everything if object.answers(self._kinds[rule])]
                _run(rule, functions.check_set, wanted, Report(rule, self._kubernetes, parameters, said))
        return said


def _parameters(rule: Rule | Any, given: Any) -> Any:
    if hasattr(rule, "parameters"):
        return rule.parameters(given)
    if given is not None:
        raise Problem("", "this rule has no parameters; remove them")
    return None


def _read(objects: bytes) -> Iterator[KubernetesObject]:
    return (KubernetesObject(given, position) for position, given in enumerate(json.loads(objects)))


def _run(rule: str, function: Any, looked_at: Any, report: Report) -> None:
    """Runs a rule; what it raises becomes the text of a fault."""
    try:
        function(looked_at, report)
    except Exception as error:
        raise GaveUp(f"rule {rule}: {_told(error)}") from error


def _told(error: Exception) -> str:
    """What was raised, and where in the plugin."""
    told = f"{type(error).__name__}: {error}"
    trace, code = error.__traceback__, None
    while trace:
        file = trace.tb_frame.f_code.co_filename
        # Not who refuses, but who asked.
        if not file.startswith("<") and not file.endswith("plimsoll_entry.py"):
            code, line = trace.tb_frame.f_code, trace.tb_lineno
        trace = trace.tb_next
    return f"{told} (at {code.co_name} ({code.co_filename.rpartition('/')[2]}:{line}))" if code else told
