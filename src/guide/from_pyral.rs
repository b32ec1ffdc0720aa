//! From pyral, call by call.
//!
//! Three things differ everywhere. Nothing is asked of the server until you ask for something: a client costs no
//! request. A handle never changes: instead of switching the workspace for everybody, you get another handle. And what
//! fails is an `Err`, never an empty answer.
//!
//! # The same script, twice
//!
//! In pyral:
//!
//! ```python
//! rally = Rally(server, apikey=key, workspace='Products', project='Shop')
//! for defect in rally.get('Defect', fetch='FormattedID,Name,Owner', query='State = Open', order='Name', limit=20):
//!     print(defect.FormattedID, defect.Name, defect.Owner.EmailAddress)
//! ```
//!
//! Here:
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! let rally = rally.in_workspace("Products").in_project("Shop");
//! let open = rally.query("Defect").fetch("FormattedID,Name,Owner").filter("State = Open").order("Name").limit(20);
//! for defect in open {
//!     let defect = defect?;
//!     println!("{} {} {}", defect["FormattedID"], defect["Name"], defect.get("Owner.EmailAddress")?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Settings
//!
//! | pyral | here |
//! | --- | --- |
//! | `Rally(server, user, password, apikey, workspace, project)` | [`Rally::from_env`](crate::Rally::from_env), or [`Config::builder`](crate::Config::builder) and [`Rally::new`](crate::Rally::new) |
//! | `version=`, `server_ping=` | not needed: v2.0, and nothing is pinged; [`Rally::check`](crate::Rally::check) looks when you ask it |
//! | `warn=`, `enableWarnings()`, `disableWarnings()`, `warningsEnabled()` | warnings go to the `log` crate; set its level |
//! | `isolated_workspace=` | every handle is: it never moves to another workspace |
//! | `verify_ssl_cert=False` | [`danger_accept_invalid_certs`](crate::ConfigBuilder::danger_accept_invalid_certs); better: [`ca_file`](crate::ConfigBuilder::ca_file) |
//! | `headers={'name': .., 'vendor': .., 'version': ..}` | [`integration`](crate::ConfigBuilder::integration) |
//! | `debug=` | `RALLY_LOG=stderr` |
//! | `rallyWorkset(args)`, `rallySettings(args)` | [`Config::from_args`](crate::Config::from_args): the arguments it does not know come back |
//! | `enableLogging(dest, attrget, append)`, `disableLogging()` | `RALLY_LOG=stderr` or a file (appended to), or your own logger; lines have level `debug` |
//! | `obtainSecurityToken()` | by itself, at the first write under a password |
//! | `serviceURL()` | [`Config::base_url`](crate::Config::base_url) |
//! | `rally.session` | [`Rally::raw`](crate::Rally::raw) |
//! | `pyral.__version__` | [`VERSION`](crate::VERSION) |
//!
//! pyral's settings files, environment variables and flags work unchanged.
//!
//! # Workspaces, projects, people
//!
//! | pyral | here |
//! | --- | --- |
//! | `subscriptionName()` | `rally.subscription()?` |
//! | `setWorkspace(name)` | [`rally.in_workspace(name)`](crate::Rally::in_workspace), a handle of its own |
//! | `getWorkspace()` | `rally.workspace()?` |
//! | `getWorkspaces()` | `rally.workspaces()?`, in one query |
//! | `setProject(name)` | [`rally.in_project(name)`](crate::Rally::in_project): a name, a path `A // B // C`, an id, a ref |
//! | `getProject()` | `rally.project()?` |
//! | `getProject(name)` | `rally.projects()?.find(name)?` |
//! | `getProjects(workspace)` | `rally.in_workspace(..).projects()?`, a [tree](crate::Projects) |
//! | `projectAncestors`, `projectDescendants`, `projeny`, `flatten` | [`ancestors`](crate::Project::ancestors), `descendants`, `children`, `iter` of the tree |
//! | `getUserInfo(oid=, username=, name=)` | `rally.user_info(..)?`, any of the three |
//! | `getAllUsers(workspace)` | `rally.users()?`, with profiles |
//!
//! # Reading
//!
//! | pyral | here |
//! | --- | --- |
//! | `get(entity, ..)`, `find(entity, ..)` | [`rally.query(entity)`](crate::Rally::query) |
//! | `fetch=True`, `fetch=False`, `fetch="A,B"`, `fetch=[..]` | `.fetch_all()`, nothing, `.fetch("A,B")`, `.fetch(["A", "B"])` |
//! | `query='A = 1'`, `query=[..]`, `query={..}` | `.filter("A = 1")`, `.filter([..])`, `.filter(("A", 1))`: see [filters](super::filters) |
//! | `order='A DESC,B'` | `.order("A DESC,B")` |
//! | `pagesize=`, `start=`, `limit=` | `.page_size(n)`, `.start(n)`, `.limit(n)` |
//! | `threads=` | `.prefetch(n)`, pages in flight, order kept |
//! | `workspace=`, `project=` | `.workspace(..)`, `.project(..)` |
//! | `project=None` | `.all_projects()` |
//! | `workspace=None, project=None` | [`rally.without_scope()`](crate::Rally::without_scope) |
//! | `projectScopeUp=`, `projectScopeDown=` | `.scope_up(yes)`, `.scope_down(yes)`; left out, the server's own rule holds |
//! | `instance=True` | `.one()?`; with `.optional()?` for none, `.first()?` for any |
//! | `response.resultCount` | `.count()?` without rows, `rows.total()?` beside them |
//! | `response.next()`, `for item in response` | `for item in query`; each item is a `Result` |
//! | `response.errors`, `status_code` | the `Err`, its [`kind`](crate::Error::kind) and `server_errors()` |
//! | `response.warnings` | `rows.warnings()` |
//! | `response.startIndex`, `pageSize` | [`query.pages()`](crate::Query::pages) |
//! | `response.content`, `data`, `headers` | [`raw()`](crate::Rally::raw) gives the JSON; headers are not kept |
//! | `getCollection(url)` | `item.collection("Tasks")?`, a query of its own |
//! | `search(keywords)` | `.search(words)`, where the server still has it |
//! | `RallyUrlBuilder`, `RallyQueryFormatter` | [`Filter`](crate::Filter) prints as the server wants it |
//!
//! # Items
//!
//! | pyral | here |
//! | --- | --- |
//! | `item.Name` | `item["Name"]` (what is here), `item.get("Name")?` (loaded where missing) |
//! | `item.Owner.Manager.Name` | `item.get("Owner.Manager.Name")?` |
//! | `item.c_RiskScore`, `item.RiskScore` | `item.get("Risk Score")?`, or with `c_` |
//! | `item.Tasks`, `item.Children[7]` | `item.get("Tasks")?.items()?`, `item.get("Children[7].Name")?` |
//! | `item.oid`, `item.ref`, `item._type` | `object_id()`, `reference()`, `type_name()` |
//! | `item.attributes()`, `item.details()` | the same |
//! | `item.RevisionHistory.Revisions`, `revision.info()` | `item.revisions()?`, oldest first; `item.history()?` field by field |
//! | `item.Discussion` | `item.discussion()?` |
//! | `hydrate`, shell objects | loaded once for all rows of a page: see [references](super::references) |
//! | `classFor`, `isinstance` | `type_name()`; rows as your own structs by [`typed`](crate::Query::typed) |
//!
//! # Writing
//!
//! | pyral | here |
//! | --- | --- |
//! | `create(entity, {..})`, `put` | [`rally.create(entity, json!({..}))`](crate::Rally::create) |
//! | `update(entity, {'FormattedID': ..})`, `post` | `rally.update(entity, "DE7", json!({..}))`, in whatever project it is |
//! | `delete(entity, id)` | `rally.delete(entity, id)?`; not there is an error |
//! | `createMultiple(entity, items)` | `rally.create_many(entity, items)?`, a result for each |
//! | `updateMultiple(entity, items, fields)` | `rally.update_many(entity, pairs)?` of id and fields |
//! | `addCollectionItems(target, name, items)` | `target.add(name, items)?` |
//! | `dropCollectionItems(target, name, items)` | `target.remove(name, items)?` |
//! | `validateAttributeNames` | by itself, before sending |
//! | `rankAbove(ref, target)`, `rankBelow` | `target.rank_above(&other)?`, `rank_below` |
//! | `rankToTop(target)`, `rankToBottom` | `target.rank_to_top()?`, `rank_to_bottom` |
//!
//! # Types
//!
//! | pyral | here |
//! | --- | --- |
//! | `getSchemaInfo(workspace)` | `rally.schema()?` |
//! | `typedef(name)`, `SchemaItem` | `rally.type_def(name)?`, a [`TypeDef`](crate::schema::TypeDef); prints as a sheet |
//! | `SchemaItemAttribute`, `.Custom` | [`Attribute`](crate::schema::Attribute), `custom_fields()` |
//! | `inheritanceChain()` | `inheritance()` |
//! | `getAllowedValues(entity, attribute)` | `rally.allowed_values(entity, attribute)?` |
//! | `getStates(entity)`, `getState(entity, name)` | `rally.states(entity)?`, `rally.state(entity, name)?` |
//!
//! # Attachments
//!
//! | pyral | here |
//! | --- | --- |
//! | `addAttachment(artifact, filename, mime_type)` | `item.attach(path)?`; the type follows from the name, or [`NewAttachment::content_type`](crate::NewAttachment::content_type) |
//! | `addAttachments(artifact, [..])` | a loop, so that each has its own result |
//! | an id in place of the artifact | `rally.find("US7")?.attach(path)?` |
//! | `getAttachment(artifact, filename)` | one of `item.attachments()?`, its `bytes()?` |
//! | `getAttachments`, `getAttachmentNames` | `item.attachments()?`; contents are read when asked for |
//! | `deleteAttachment(artifact, filename)` | `attachment.delete()?`, with its content |
//!
//! # Errors
//!
//! | pyral | here |
//! | --- | --- |
//! | `RallyRESTAPIError`, `RallyResponseError` | [`Error`](crate::Error), by its [`ErrorKind`](crate::ErrorKind) |
//! | `RallyAttributeNameError`, `InvalidRallyTypeNameError` | `UnknownName`, with the nearest names |
//! | `UnreferenceableOIDError` | `NotFound` |
//! | `UnrecognizedAllowedValuesReference` | `Server` |
//! | `MultipleOperationError` | the result of the one item |
//!
//! # A write, twice
//!
//! ```python
//! task = rally.create('Task', {'Name': 'Call the bank', 'WorkProduct': story.ref, 'Estimate': 2})
//! rally.addCollectionItems(story, 'Tags', [tag])
//! ```
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! use serde_json::json;
//!
//! let story = rally.find("US2")?;
//! let task = rally.create("Task", json!({"Name": "Call the bank", "WorkProduct": &story, "Estimate": 2}))?;
//! let tag = rally.query("Tag").filter(("Name", "security")).one()?;
//! story.add("Tags", &tag)?;
//! assert!(task.formatted_id().is_some());
//! # Ok(())
//! # }
//! ```
