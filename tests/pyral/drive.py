"""Drives unmodified pyral against the sandbox and asserts what comes back.

    python drive.py PROGRAM [STEP...]

PROGRAM is the built example `sandbox`; it is started here and ended here, by its own process.
"""

import inspect
import os
import re
import tempfile

from harness import Rally, RallyRESTAPIErrors, batch, main, names, raises, same, short, step


@step
def connect_by_key(world):
    world.rally = world.by_key()
    same(world.rally.subscriptionName(), "Sandbox Subscription")
    same(world.rally.getWorkspace().Name, "Products")
    same(world.rally.getProject().Name, "Shop")


@step
def connect_by_user_and_password(world):
    rally = world.by_password()
    story = rally.create("Story", {"Name": "by password"})
    same(story.Owner, None)
    changed = rally.update("Story", {"ObjectID": story.oid, "Name": "by password, changed"})
    same(changed.Name, "by password, changed")
    same(rally.delete("Story", story.oid), True)


@step
def connect_in_vain(world):
    said = raises(RallyRESTAPIErrors, Rally, server=world.host, apikey="_wrong")
    same(said, "Invalid credentials")
    said = raises(RallyRESTAPIErrors, Rally, server=world.host, user=world.user, password="wrong")
    same(said, "Invalid credentials")


@step
def read_only_key(world):
    rally = Rally(server=world.host, apikey=world.read_only)
    assert rally.get("Story", fetch="Name", project=None).resultCount > 0
    raises(Exception, rally.create, "Story", {"Name": "not to be"})
    same(world.rally.get("Story", query='Name = "not to be"', project=None).resultCount, 0)


@step
def workspaces_and_projects(world):
    rally = world.rally
    same(sorted(w.Name for w in rally.getWorkspaces()), ["Products", "Research"])  # the closed one is not listed
    projects = [p.Name for p in rally.getProjects()]
    assert {"Shop", "Web", "Mobile"} <= set(projects), projects
    other = world.by_key(workspace="Research", project="Labs")
    same(other.getWorkspace().Name, "Research")
    assert "Labs" in [p.Name for p in other.getProjects()]
    world.rally = world.by_key()  # pyral shares its context between clients


@step
def project_paths(world):
    rally = world.by_key(project="Shop // Web // Mobile")
    path = rally.getProject()
    same(path.Name, "Shop // Web // Mobile")
    one = rally.getProject("Shop // Web // Mobile").oid
    two = rally.getProject("Bank // Mobile").oid
    assert one != two, (one, two)
    story = rally.create("Story", {"Name": "down the path", "Project": f"project/{one}"})
    same(story.Project.oid, one)
    rally.delete("Story", story.oid)
    raises(RallyRESTAPIErrors, world.by_key, project="Shop // Bank")
    world.rally = world.by_key()


@step
def queries_in_all_forms(world):
    rally = world.rally
    made = {}
    for name, state, severity in [
        ("drive one", "Open", "Cosmetic"),
        ("drive two", "Open", "Minor Problem"),
        ("drive three", "Fixed", "Minor Problem"),
        ("drive (four)", "Closed", "Cosmetic"),
    ]:
        made[name] = rally.create("Defect", {"Name": name, "State": state, "Severity": severity})

    def found(query, **more):
        response = rally.get("Defect", fetch="Name,State", query=query, order="Name", **more)
        return [n for n in names(response) if n.startswith("drive")]

    same(found('Name = "drive one"'), ["drive one"])
    same(found("State = Fixed"), ["drive three"])
    same(found('(Name contains "drive")'), ["drive (four)", "drive one", "drive three", "drive two"])
    same(found(['Name contains "drive"', "State = Open"]), ["drive one", "drive two"])
    same(found(['Name contains "drive"', "State = Open", 'Severity = "Cosmetic"']), ["drive one"])
    same(found({"State": "Fixed"}), ["drive three"])
    same(found({"State": "Open", "Severity": "Cosmetic"}), ["drive one"])
    same(found('Name = "drive one" OR Name = "drive two"'), ["drive one", "drive two"])
    same(found('((Name contains "drive") AND ((State = "Fixed") OR (State = "Closed")))'), ["drive (four)", "drive three"])
    same(found('Name !contains "drive"'), [])
    same(found('Name contains "drive" AND State != Open'), ["drive (four)", "drive three"])
    same(found("State in Fixed,Closed AND Severity = Cosmetic"), ["drive (four)"])
    same(found("State !in Open,Closed,Submitted"), ["drive three"])
    low, high = made["drive one"].oid, made["drive two"].oid
    same(found(f"ObjectID between {low} and {high}"), ["drive one", "drive two"])
    same(found(f"ObjectID >= {low} AND ObjectID <= {low}"), ["drive one"])
    same(found(f'FormattedID = "{made["drive one"].FormattedID}"'), ["drive one"])
    same(found("Owner = null AND Name contains \"drive\""), ["drive (four)", "drive one", "drive three", "drive two"])
    same(found('Project.Name = "Shop" AND Name = "drive one"'), ["drive one"])
    same(found('CreationDate > 2020-01-01 AND Name = "drive one"'), ["drive one"])
    same(found('Name = "no such"'), [])

    wrong = rally.get("Defect", query="NoSuchAttribute = 1")
    assert wrong.errors and "Could not find attribute" in wrong.errors[0], wrong.errors
    raises(Exception, rally.get, "NoSuchType")

    one = rally.get("Defect", fetch="Name", query='Name = "drive one"', instance=True)
    same(one.oid, low)
    down = rally.get("Defect", fetch="Name,FormattedID", order="Name DESC", query='Name contains "drive"')
    same(names(down), ["drive two", "drive three", "drive one", "drive (four)"])
    some = rally.get("Defect", fetch="Name", order="Name", query='Name contains "drive"', limit=2)
    same(names(some), ["drive (four)", "drive one"])
    rest = rally.get("Defect", fetch="Name", order="Name", query='Name contains "drive"', start=3)
    same(names(rest), ["drive three", "drive two"])
    for fetch in [True, "true", "Name,State", ["Name", "State"], ("State,Name",), False, None]:
        got = rally.get("Defect", fetch=fetch, query='Name = "drive one"').next()
        same((got.Name, got.State), ("drive one", "Open"), f"fetch={fetch}")
    # The fields fetched by name are all there is: pyral loads nothing more.
    raises(AttributeError, lambda: rally.get("Defect", fetch="Name", query='Name = "drive one"').next().State)
    raises(Exception, rally.get, "Defect", fetch=["Name", "NoSuchAttribute"])
    for item in made.values():
        same(rally.delete("Defect", item.oid), True)


@step
def scopes(world):
    rally = world.rally
    web = rally.getProject("Web")
    story = world.story(Name="in the web", Project=web.ref)
    query = 'Name = "in the web"'
    same(rally.get("Story", query=query).resultCount, 0)
    same(rally.get("Story", query=query, projectScopeDown=True).resultCount, 1)
    same(rally.get("Story", query=query, project="Web").resultCount, 1)
    same(rally.get("Story", query=query, project=None).resultCount, 1)
    same(rally.get("Story", query=query, workspace="Research", project=None).resultCount, 0)
    world.rally = rally = world.by_key()
    same(rally.delete("Story", story.oid, project="Web"), True)


@step
def paging_and_threads(world):
    rally = world.rally
    total = 1100
    entries = [
        {"Entry": {"Path": "/task/create", "Method": "PUT", "Body": {"task": {"Name": f"page {n:04}"}}}}
        for n in range(total)
    ]
    # Each task needs a work product.
    story = world.story()
    for entry in entries:
        entry["Entry"]["Body"]["task"]["WorkProduct"] = story.ref
    batched = batch(world, entries)
    same(len(batched), total)
    wanted = [f"page {n:04}" for n in range(total)]
    query = 'Name contains "page "'
    for size, threads in [(2000, 1), (200, 1), (100, 2), (50, 4), (20, 8)]:
        response = rally.get("Task", fetch="Name", query=query, order="Name", pagesize=size, threads=threads)
        same((response.resultCount, response.pageSize), (total, size))
        same(response.max_threads > 1, threads > 1, f"{threads} threads")
        same([task.Name for task in response], wanted, f"pagesize {size}, {threads} threads")
    gone = batch(world, [{"Entry": {"Path": "/" + short(b["Object"]["_ref"]), "Method": "DELETE"}} for b in batched])
    same(len(gone), total)
    same(rally.get("Task", query=query).resultCount, 0)
    rally.delete("Story", story.oid)


@step
def lazy_attributes_and_collections(world):
    rally = world.rally
    story = world.story(Owner=f"user/{rally.contextHelper.user_oid}")
    for n in range(3):
        rally.create("Task", {"Name": f"lazy {n}", "WorkProduct": story.ref})
    shell = rally.get("Story", fetch=False, query=f"ObjectID = {story.oid}").next()
    same(shell.Name, "made by the drive")
    same(shell.FormattedID, story.FormattedID)  # loads the rest
    same(shell.Owner.EmailAddress, world.user)
    same(shell.Owner.UserProfile.DefaultWorkspace.Name, "Products")
    same(sorted(task.Name for task in shell.Tasks), ["lazy 0", "lazy 1", "lazy 2"])
    same(shell.Tasks[0].WorkProduct.Name, "made by the drive")
    same(shell.Project.Workspace.Name, "Products")
    same([d.Name for d in shell.Defects], [])
    raises(AttributeError, lambda: shell.NoSuchAttribute)
    revisions = shell.RevisionHistory.Revisions
    assert len(revisions) >= 1 and revisions[0].Description, revisions
    same(revisions[0].User.UserName, world.user)
    assert "FormattedID" in shell.details() or shell.FormattedID in shell.details()
    feature = rally.get("Project", fetch="Name,Children", query='Name = "Shop"', project=None).next()
    assert "Web" in [child.Name for child in feature.Children]
    rally.delete("Story", story.oid)


@step
def custom_fields(world):
    rally = world.rally
    custom = [a for a in rally.typedef("Defect").Attributes if a.Custom]
    kinds = {a.AttributeType for a in custom}
    assert {"STRING", "DECIMAL", "BOOLEAN", "DATE"} <= kinds or len(kinds) >= 3, kinds
    values = {"STRING": "some text", "TEXT": "<b>rich</b>", "INTEGER": 7, "DECIMAL": 2.5, "BOOLEAN": True}
    taken = {a.ElementName for a in rally.typedef("Defect").Attributes if not a.Custom}
    plain = [
        a
        for a in custom
        if a.AttributeType in values
        and not a.Constrained
        and not a.ReadOnly
        # pyral returns a standard attribute of that name first.
        and a.ElementName.removeprefix("c_") not in taken
    ]
    assert len(plain) >= 2, [a.Name for a in custom]
    defect = rally.create("Defect", {"Name": "custom"})
    for attribute in plain:
        assert attribute.ElementName.startswith("c_"), attribute.ElementName
        value = values[attribute.AttributeType]
        without = attribute.ElementName.removeprefix("c_")
        got = rally.update("Defect", {"ObjectID": defect.oid, without: value})
        same(getattr(got, attribute.ElementName), value, attribute.Name)
        same(getattr(got, without), value, attribute.Name)
    query = f'{plain[0].ElementName} = "{values[plain[0].AttributeType]}"'
    if plain[0].AttributeType == "STRING":
        same(names(rally.get("Defect", fetch=f"Name,{plain[0].ElementName}", query=query)), ["custom"])
    rally.delete("Defect", defect.oid)


@step
def portfolio_items(world):
    rally = world.rally
    feature = rally.create("PortfolioItem/Feature", {"Name": "a feature of the drive"})
    assert feature.FormattedID.startswith("F"), feature.FormattedID
    same(feature._type, "PortfolioItem_Feature" if "_" in feature._type else feature._type)
    for kind in ["PortfolioItem/Feature", "Feature", "PortfolioItem"]:
        got = rally.get(kind, fetch="Name,FormattedID", query='Name = "a feature of the drive"')
        same(names(got), ["a feature of the drive"], kind)
    states = rally.getStates("Feature")
    assert len(states) >= 3, states
    state = rally.getState("Feature", states[0].Name)
    changed = rally.update("PortfolioItem/Feature", {"ObjectID": feature.oid, "State": state.ref})
    same(changed.State.Name, states[0].Name)
    # pyral's own ref leaves out the first half of the type.
    same(feature.ref, f"feature/{feature.oid}")
    story = world.story(PortfolioItem=feature.ref)
    same(story.PortfolioItem.Name, "a feature of the drive")
    again = rally.get("PortfolioItem/Feature", fetch=True, query=f"ObjectID = {feature.oid}").next()
    same([s.Name for s in again.UserStories], ["made by the drive"])
    rally.delete("Story", story.oid)
    same(rally.delete("PortfolioItem/Feature", feature.oid), True)


@step
def create_update_delete(world):
    rally = world.rally
    defect = rally.create("Defect", {"Name": "life of a defect", "Severity": "Cosmetic", "Description": "a <b>b</b> &amp; c"})
    assert re.fullmatch(r"DE\d+", defect.FormattedID), defect.FormattedID
    same((defect.Severity, defect.Description, defect.Project.Name), ("Cosmetic", "a <b>b</b> &amp; c", "Shop"))
    story = world.story()
    changed = rally.update("Defect", {"FormattedID": defect.FormattedID, "State": "Open", "Requirement": story.ref})
    same((changed.oid, changed.State, changed.Requirement.oid), (defect.oid, "Open", story.oid))
    cleared = rally.update("Defect", {"ObjectID": defect.oid, "Requirement": None})
    same(cleared.Requirement, None)
    raises(Exception, rally.create, "Defect", {"Description": "no name"})
    raises(Exception, rally.create, "Defect", {"Name": "x", "NoSuchAttribute": 1})
    raises(RallyRESTAPIErrors, rally.update, "Defect", {"ObjectID": defect.oid, "State": "No such state"})
    raises(RallyRESTAPIErrors, rally.update, "Defect", {"FormattedID": "DE999999", "State": "Open"})
    same(rally.delete("Defect", defect.FormattedID), True)
    same(rally.delete("Defect", defect.oid), False)  # it is gone
    same(rally.get("Defect", query=f"ObjectID = {defect.oid}").resultCount, 0)
    binned = rally.get("RecycleBinEntry", fetch="ID,Name,Type", query=f'ID = "{defect.FormattedID}"', project=None)
    same([entry.Name for entry in binned], ["life of a defect"])
    rally.delete("Story", story.oid)


@step
def types_and_allowed_values(world):
    rally = world.rally
    for name in ["Defect", "Story", "HierarchicalRequirement", "Task", "PortfolioItem/Feature"]:
        definition = rally.typedef(name)
        attributes = {a.ElementName for a in definition.Attributes}
        assert {"ObjectID", "Name", "Project"} <= attributes, (name, attributes)
        assert definition.IDPrefix, name
        assert "Attributes:" in str(definition)
    same(rally.typedef("NoSuchType"), None)
    values = rally.getAllowedValues("Defect", "State")
    assert {"Submitted", "Open", "Fixed", "Closed"} <= set(values), values
    assert "Cosmetic" in rally.getAllowedValues("Defect", "Severity")
    assert "Accepted" in rally.getAllowedValues("Story", "ScheduleState")
    same(rally.getAllowedValues("Defect", "NoSuchAttribute"), None)


@step
def users(world):
    rally = world.rally
    everybody = rally.getAllUsers()
    own = [u for u in everybody if u.UserName == world.user]
    same(len(own), 1)
    assert len(everybody) >= 3 and any(u.Disabled for u in everybody)
    same([u.DisplayName for u in rally.getUserInfo(username=world.user)], [own[0].DisplayName])
    same([u.UserName for u in rally.getUserInfo(name=own[0].DisplayName)], [world.user])
    same(rally.getUserInfo(oid=own[0].oid).UserName, world.user)
    assert "UserName" in own[0].details()
    profiled = [u for u in world.by_password().getAllUsers() if u.UserName == world.user][0]
    same(profiled.UserProfile.DefaultWorkspace.Name, "Products")
    world.rally = world.by_key()


@step
def attachments(world):
    rally = world.rally
    story = world.story()
    contents = bytes(range(256)) * 40
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "all bytes.bin")
    with open(path, "wb") as file:
        file.write(contents)
    text = os.path.join(folder, "note.txt")
    with open(text, "w", encoding="utf-8") as file:
        file.write("ünicode\n")
    same(rally.addAttachment(story, path, mime_type="application/octet-stream").Name, "all bytes.bin")
    assert rally.addAttachments(story, [{"Name": text, "mime_type": "text/plain"}])
    story = rally.get("Story", fetch=True, query=f"ObjectID = {story.oid}").next()
    same(sorted(rally.getAttachmentNames(story)), ["all bytes.bin", "note.txt"])
    got = rally.getAttachment(story, "all bytes.bin")
    same((got.Content, got.Size, got.ContentType), (contents, len(contents), "application/octet-stream"))
    same(got.User.oid, rally.contextHelper.user_oid)
    story = rally.get("Story", fetch=True, query=f"ObjectID = {story.oid}").next()  # pyral gives contents once
    same(sorted(a.Content for a in rally.getAttachments(story)), sorted([contents, "ünicode\n".encode()]))
    assert rally.deleteAttachment(story, "note.txt")
    story = rally.get("Story", fetch=True, query=f"ObjectID = {story.oid}").next()
    same(rally.getAttachmentNames(story), ["all bytes.bin"])
    # pyral 1.6 reads the bytes only through the API; the plain address returns them too.
    plain = rally.session.get(f"{world.url}/attachment/{got.oid}/all%20bytes.bin")
    same((plain.status_code, plain.content), (200, contents))
    rally.delete("Story", story.oid)


@step
def ranking(world):
    rally = world.rally
    a, b, c = (world.story(Name=f"rank {n}") for n in "abc")

    def order():
        return [n[-1] for n in names(rally.get("Story", fetch="Name", query='Name contains "rank "', order="DragAndDropRank"))]

    rally.rankToTop(c)
    rally.rankToTop(a)
    same(order()[0], "a")
    rally.rankToBottom(a)
    same(order()[-1], "a")
    rally.rankAbove(c, a)
    same(order().index("a") + 1, order().index("c"))
    rally.rankBelow(c, b)
    same(order(), ["a", "c", "b"])
    for story in (a, b, c):
        rally.delete("Story", story.oid)


@step
def collections(world):
    rally = world.rally
    story = world.story()
    tags = [rally.create("Tag", {"Name": f"drive tag {n}"}) for n in range(3)]
    # From 1.7 on, pyral requires the collection's name, and returns the story instead of the names.
    named = ["Tags"] if "collection_name" in inspect.signature(rally.addCollectionItems).parameters else []
    assert rally.addCollectionItems(story, *named, tags)

    def tagged():
        fresh = rally.get("Story", fetch="Name,Tags", query=f"ObjectID = {story.oid}").next()
        return sorted(tag.Name for tag in fresh.Tags)

    same(tagged(), ["drive tag 0", "drive tag 1", "drive tag 2"])
    same(rally.dropCollectionItems(story, *named, tags[:1]).errors, [])
    same(tagged(), ["drive tag 1", "drive tag 2"])
    rally.update("Story", {"ObjectID": story.oid, "Tags": [tags[0].ref]})
    same(tagged(), ["drive tag 0"])
    rally.update("Story", {"ObjectID": story.oid, "Tags": []})
    same(tagged(), [])
    rally.delete("Story", story.oid)


@step
def batches(world):
    rally = world.rally
    made = batch(world, [
        {"Entry": {"Path": "/defect/create", "Method": "PUT", "Body": {"defect": {"Name": "batch 1"}}}},
        {"Entry": {"Path": "/defect/create", "Method": "POST", "Body": {"defect": {"Name": "batch 2"}}}},
        {"Entry": {"Path": "/defect/create", "Method": "PUT", "Body": {"defect": {"Name": ""}}}},
    ], errors=True)
    same([bool(m["Errors"]) for m in made], [False, False, True])
    refs = [short(m["Object"]["_ref"]) for m in made[:2]]
    batch(world, [{"Entry": {"Path": "/" + r, "Method": "POST", "Body": {"defect": {"State": "Open"}}}} for r in refs])
    got = rally.get("Defect", fetch="Name,State", query='Name contains "batch "', order="Name")
    same([(d.Name, d.State) for d in got], [("batch 1", "Open"), ("batch 2", "Open")])
    batch(world, [{"Entry": {"Path": "/" + r, "Method": "DELETE"}} for r in refs])
    same(rally.get("Defect", query='Name contains "batch "').resultCount, 0)


@step
def converted_values(world):
    rally = world.rally
    result = rally.create("TestCaseResult", {"TestCase": "testcase/911", "Date": "2026-04-20", "Verdict": "Pass", "Build": 27})
    same(result.Build, "27")
    task = rally.update("Task", {"ObjectID": 801, "Estimate": "4", "Ready": "true", "Name": 7})
    same((task.Estimate, task.Ready, task.Name), (4.0, True, "7"))
    said = raises(RallyRESTAPIErrors, rally.update, "Task", {"ObjectID": 801, "Estimate": "four"})
    assert 'Could not convert: "Estimate" must be a number' in said, said
    world.ask("POST", "reset")


@step
def ids_by_number_and_empty_collections(world):
    rally = world.rally
    few = rally.get("Defect", fetch="FormattedID", query="FormattedID < 3", order="FormattedID", project=None)
    same([d.FormattedID for d in few], ["DE1", "DE2"])
    same(rally.get("Defect", fetch="FormattedID", query="FormattedID = 1", project=None).next().FormattedID, "DE1")
    count = lambda query: rally.get("Story", fetch="Name", query=query, project=None, pagesize=1).resultCount
    without, having = count("Tags.ObjectID = null"), count("Tags.ObjectID != null")
    assert without and having, (without, having)
    same(without + having, rally.get("Story", fetch="Name", project=None, pagesize=1).resultCount)
    same(rally.get("TypeDefinition", fetch="ElementName", query='TypePath = "defect"').resultCount, 1)
    for order in ["Rank", "Rank DESC", "Rank ASC"]:
        same(rally.get("Story", fetch="Name", order=order, project=None, pagesize=1).errors, [])


@step
def products_and_risks(world):
    rally = world.rally
    same(rally.create("VSMProduct", {"Name": "Till"}).Name, "Till")
    risk = rally.create("Risk", {"Name": "Rain"})
    assert re.fullmatch(r"RI\d+", risk.FormattedID), risk.FormattedID
    same([a.Name for a in rally.get("Artifact", fetch="Name", query=f"FormattedID = {risk.FormattedID}")], ["Rain"])
    world.ask("POST", "reset")


@step
def custom_names_without_prefix(world):
    rally = world.rally
    get = lambda: rally.get("Defect", fetch="Name", query="RiskReward > 3.5", project=None)
    assert "Could not find attribute" in get().errors[0], get().errors
    world.ask("POST", "settings", {"custom_names_without_prefix": True})
    same(len(names(get())), 2)
    world.ask("POST", "settings", {"custom_names_without_prefix": False})


@step
def controlled_from_python(world):
    rally = world.rally
    world.ask("DELETE", "requests")
    world.ask("POST", "faults", {"path": "/release", "errors": "Be right back"})
    same(rally.get("Release").errors, ["Be right back"])
    world.ask("DELETE", "faults")
    assert rally.get("Release").resultCount
    paths = [request["path"] for request in world.ask("GET", "requests")["requests"]]
    same([path.lower() for path in paths], ["/release", "/release"])
    world.ask("POST", "clock", {"now": "2027-01-02T03:04:05Z"})
    same(rally.create("Defect", {"Name": "later"}).CreationDate, "2027-01-02T03:04:05.000Z")
    world.ask("POST", "reset", {"everything": True})


if __name__ == "__main__":
    main()
