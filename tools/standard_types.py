#!/usr/bin/env python3
"""Writes src/schema/standard.txt: the standard types and attributes of WSAPI v2.0.

    tools/standard_types.py OPENAPI.json SCHEMA.json > src/schema/standard.txt

OPENAPI.json is the OpenAPI description of the service, SCHEMA.json the answer of
/slm/schema/v2.x/project/{oid}. Custom attributes, customers' own portfolio types and choices are left
out, and so is every fact that neither file states.
"""
import collections
import json
import sys

# The levels of a new subscription; all others below PortfolioItem belong to one customer.
LEVELS = {"Feature", "Initiative", "Theme"}
# Abstract types that can be queried, with the types that have objects. Neither file lists them: such a
# type has what all its kinds have.
FAMILIES = {
    "SchedulableArtifact": ["Defect", "DefectSuite", "HierarchicalRequirement", "TestSet"],
    "Artifact": ["SchedulableArtifact", "PortfolioItem", "Risk", "Task", "TestCase"],
}
# Attributes named after a level of the portfolio: another workspace names its levels otherwise.
LEVEL_ATTRIBUTES = {("HierarchicalRequirement", "Feature")}
# Views of Project for the pages of Rally, without a service of their own.
VIEWS = {"AdministratableProject", "WritableProject"}
# Parts of an envelope, and the shapes the description shares between types.
SHAPES = {"ObjectRef", "Collection", "WebLink", "BatchEntry", "BatchRequest", "BatchResponse"}
KINDS = {
    "STRING": "s", "TEXT": "t", "INTEGER": "i", "DECIMAL": "f", "BOOLEAN": "b", "DATE": "d",
    "QUANTITY": "q", "RATING": "r", "STATE": "e", "OBJECT": "o", "COLLECTION": "c", "WEB_LINK": "w",
    "RAW": "x", "BINARY_DATA": "y", "MAP": "m",
}
JSON_KINDS = {"string": "s", "integer": "i", "number": "f", "boolean": "b", "object": "m"}


def ours(name):
    return not name.startswith(("c_", "_")) and name not in ("Errors", "Warnings")


def from_schema(answer):
    types = {}
    for entry in answer["QueryResult"]["Results"]:
        path, name = entry["TypePath"], entry["ElementName"]
        if name in VIEWS or ("/" in path and name not in LEVELS):
            continue
        attributes = {}
        for a in entry["Attributes"]:
            if not ours(a["ElementName"]) or a.get("Custom"):
                continue
            kind = KINDS[a["AttributeType"]]
            # A formatted id counts as an integer there, and is written as text.
            if kind == "i" and a.get("SchemaType", a.get("Type")) == "string":
                kind = "s"
            target = None
            if kind in "oc" and a.get("AllowedValueType"):
                target = a["AllowedValueType"]["_refObjectName"].replace(" ", "")
            attributes[a["ElementName"]] = [kind, bool(a.get("Required")), bool(a.get("ReadOnly")), target]
        parent = ((entry["Parent"] or {}).get("_refObjectName") or "").replace(" ", "")
        # Every type has two letters; only where objects show them they are a prefix.
        prefix = entry["IDPrefix"] if "FormattedID" in attributes else None
        types[name] = {
            "path": path, "url": path.lower(), "prefix": prefix, "parent": parent,
            "abstract": bool(entry["Abstract"]), "attributes": attributes,
        }
    return types


def kind_by_name(types):
    """The kinds that a name has wherever the schema knows it, if they agree."""
    seen = collections.defaultdict(set)
    for entry in types.values():
        for name, attribute in entry["attributes"].items():
            seen[name].add(attribute[0])
    return {name: next(iter(kinds)) for name, kinds in seen.items() if len(kinds) == 1}


def merge_openapi(types, description):
    kinds = kind_by_name(types)
    root = "/slm/webservice/v2.0/"
    urls = {path[len(root):].removesuffix("/{objectId}") for path in description["paths"]}
    shapes = description["components"]["schemas"]
    for name, shape in shapes.items():
        # `FooRef` is the reference of `Foo`, `FooMutation` what may be written to it.
        if name in SHAPES or any(name.endswith(s) and name.removesuffix(s) in shapes for s in ("Ref", "Mutation")):
            continue
        leveled = f"portfolioitem/{name.lower()}" in urls
        if leveled and name not in LEVELS:
            continue
        path = f"PortfolioItem/{name}" if leveled else name
        entry = types.setdefault(name, {
            "path": path, "url": path.lower(), "prefix": None, "parent": "PortfolioItem" if leveled else "",
            "abstract": False, "attributes": {},
        })
        if name == "PortfolioItem" and f"{entry['url']}/create" not in urls:
            entry["abstract"] = True
        for a, p in shape["properties"].items():
            if not ours(a):
                continue
            ref = p.get("$ref", "").rsplit("/", 1)[-1]
            read_only = bool(p.get("readOnly"))
            if a in entry["attributes"]:
                # The description is the newer one of the two; beside a reference it has no place for the flag.
                if not ref:
                    entry["attributes"][a][2] = read_only
                continue
            if ref == "Collection":
                attribute = ["c", False, read_only, None]
            elif ref == "WebLink":
                attribute = ["w", False, read_only, None]
            elif ref:
                attribute = ["o", False, read_only, ref.removesuffix("Ref")]
            else:
                kind = JSON_KINDS.get(p.get("type"), "x")
                # JSON has one string for texts, dates and choices: another type may tell which.
                if kind == "s" and kinds.get(a) in ("t", "d", "r", "e", "s"):
                    kind = kinds[a]
                if kind == "f" and kinds.get(a) == "q":
                    kind = "q"
                attribute = [kind, p.get("nullable") is False and not read_only, read_only, None]
            entry["attributes"][a] = attribute


def families(types):
    """Adds the abstract types, and says of each kind what it belongs to."""
    for name, kinds in FAMILIES.items():
        kinds = [types[kind] for kind in kinds]
        common = {}
        for a, first in kinds[0]["attributes"].items():
            same = [entry["attributes"].get(a) for entry in kinds]
            if None in same:
                continue
            kind = first[0] if len({s[0] for s in same}) == 1 else "s"
            target = first[3] if len({s[3] for s in same}) == 1 else None
            common[a] = [kind, all(s[1] for s in same), any(s[2] for s in same), target]
        for entry in kinds:
            entry["parent"] = name
        types[name] = {
            "path": name, "url": name.lower(), "prefix": None, "parent": "", "abstract": True, "attributes": common,
        }


def targets(types):
    """What an attribute holds where its name says it: `Milestones`, `Artifact`."""
    for entry in types.values():
        for name, attribute in entry["attributes"].items():
            if attribute[0] in "oc" and attribute[3] not in types:
                attribute[3] = next((g for g in (name, name.removesuffix("s")) if g in types), None)


def inherit(types):
    """Gives subtypes what only the newer of the two sources says, of their parent."""
    for name, entry in types.items():
        parent = types.get(entry["parent"])
        if parent and entry["parent"] != name:
            for a, attribute in parent["attributes"].items():
                entry["attributes"].setdefault(a, attribute)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        description = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        types = from_schema(json.load(file))
    merge_openapi(types, description)
    inherit(types)
    families(types)
    targets(types)
    print("# Written by tools/standard_types.py; do not edit.")
    print("# = type path, url path, prefix, parent, a for abstract; then name, kind, flags (r required, o read-only, l named after a level), target.")
    for name, entry in sorted(types.items()):
        parent = entry["parent"]
        parent = parent if parent in types and parent != name else "-"
        flag = "a" if entry["abstract"] else "-"
        print("=", entry["path"], entry["url"], entry["prefix"] or "-", parent, flag)
        for a, (kind, required, read_only, target) in sorted(entry["attributes"].items(), key=lambda i: i[0].lower()):
            level = "l" if (name, a) in LEVEL_ATTRIBUTES else ""
            flags = ("r" if required else "") + ("o" if read_only else "") + level or "-"
            target = types[target]["path"] if target in types else "-"
            print(a, kind, flags, target)


main()
