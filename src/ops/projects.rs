//! The projects of a workspace as a tree.

use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::record::reference_of;
use crate::reference::Ref;
use crate::scope::ScopeName;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The separator between the names of a path.
const BETWEEN: &str = " // ";

/// The open projects of a workspace as a tree. Projects with the same name stay apart.
///
/// ```
/// # use rally_wsapi::{Result, sandbox::Sandbox};
/// # fn main() -> Result<()> {
/// # let sandbox = Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// for project in &rally.projects()? {
///     println!("{}{}", "  ".repeat(project.depth()), project.name());
/// }
///
/// let projects = rally.projects()?;
/// assert_eq!((projects.len(), projects.is_empty(), projects.tops().len()), (7, false, 3));
/// assert_eq!(projects.iter().next().unwrap().name(), "Bank");
/// let mobile = projects.find("Web // Mobile")?; // `Mobile` alone is ambiguous
/// assert!(rally.query("Story").project(&mobile).count()? > 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Projects(Arc<Vec<Node>>);

#[derive(Debug)]
struct Node {
    entity: Entity,
    parent: Option<usize>,
    depth: usize,
    /// The names above it, nearest first, if those projects are not in the tree.
    above: Vec<String>,
}

/// A project in its tree.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let web = rally.projects()?.find("Web")?;
/// assert_eq!((web.path().as_str(), web.name(), web.depth()), ("Shop // Web", "Web", 1));
/// assert_eq!(web.parent().unwrap().name(), "Shop");
/// assert_eq!((web.children().len(), web.descendants().len(), web.ancestors().len()), (1, 2, 1));
/// assert_eq!(web.reference().unwrap().to_string(), "/project/102");
/// assert_eq!(web.entity().unwrap().get("Owner.FirstName")?, "Ann");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Project {
    tree: Projects,
    at: usize,
}

impl Projects {
    pub(super) fn new(mut rows: Vec<Entity>) -> Projects {
        rows.sort_by(|a, b| (a.name(), a.object_id()).cmp(&(b.name(), b.object_id())));
        let places: HashMap<&Ref, usize> =
            rows.iter().enumerate().filter_map(|(i, row)| Some((row.reference()?, i))).collect();
        let mut below: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (i, row) in rows.iter().enumerate() {
            let parent = row["Parent"].as_object().and_then(reference_of);
            below.entry(parent.and_then(|p| places.get(&p).copied())).or_default().push(i);
        }
        // Starts from the roots. A cycle of parents has no root: the first one left over becomes one.
        let mut nodes: Vec<Node> = Vec::with_capacity(rows.len());
        let mut seen = vec![false; rows.len()];
        for top in below.remove(&None).into_iter().flatten().chain(0..rows.len()) {
            let mut next = vec![(top, None::<usize>)];
            while let Some((i, parent)) = next.pop() {
                let (Some(row), Some(seen)) = (rows.get(i), seen.get_mut(i)) else { continue };
                if std::mem::replace(seen, true) {
                    continue;
                }
                let above = parent.and_then(|p| nodes.get(p));
                let depth = above.map_or(0, |above| above.depth.saturating_add(1));
                let names = if above.is_some() { Vec::new() } else { names_above(row) };
                let children = below.get(&Some(i)).into_iter().flatten();
                next.extend(children.rev().map(|child| (*child, Some(nodes.len()))));
                nodes.push(Node { entity: row.clone(), parent, depth, above: names });
            }
        }
        Projects(Arc::new(nodes))
    }

    /// Yields the names from a project upwards.
    fn names(&self, at: usize) -> impl Iterator<Item = &str> {
        let node = |at: &usize| self.0.get(*at);
        let line = std::iter::successors(self.0.get(at), move |n| n.parent.as_ref().and_then(node));
        line.flat_map(|n| std::iter::once(name_of(&n.entity)).chain(n.above.iter().map(String::as_str)))
    }

    /// Returns the number of projects.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// `true` if there are no projects.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over all projects, each before those below it, siblings by name.
    pub fn iter(&self) -> impl Iterator<Item = Project> + use<> {
        let tree = self.clone();
        (0..self.len()).map(move |at| Project { tree: tree.clone(), at })
    }

    /// Returns the projects without an open project above them.
    pub fn tops(&self) -> Vec<Project> {
        self.iter().filter(|project| project.depth() == 0).collect()
    }

    /// Finds a project by its name or path `A // B // C`; the end of a path is enough. Sends no request.
    ///
    /// # Errors
    /// `NotFound` if no project matches; `Ambiguous` with the paths if several do.
    pub fn find(&self, name: &str) -> Result<Project> {
        let steps: Vec<&str> = name.split(BETWEEN.trim()).map(str::trim).collect();
        let ends_so = |project: &Project| {
            let mut names = self.names(project.at);
            steps.iter().rev().all(|step| names.next() == Some(*step))
        };
        let mut found: Vec<Project> = self.iter().filter(ends_so).collect();
        // A whole path wins over the end of a longer one.
        let whole = |p: &Project| self.names(p.at).nth(steps.len()).is_none();
        if steps.len() > 1 && found.iter().any(whole) {
            found.retain(whole);
        }
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(Error::new(ErrorKind::NotFound, format!("no open project is named `{name}`"))
                .remedy("check the name, its letter case, and what the credentials may see")),
            several => {
                // At most as many as a person can choose from: a path is as long as the tree is deep.
                let paths = several.iter().take(100).map(Project::path).collect();
                Err(Error::ambiguous(format!("{} projects are named `{name}`", several.len()), paths)
                    .remedy("give the whole path"))
            }
        }
    }
}

impl IntoIterator for &Projects {
    type Item = Project;
    type IntoIter = std::vec::IntoIter<Project>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

impl Project {
    fn node(&self) -> Option<&Node> {
        self.tree.0.get(self.at)
    }

    fn other(&self, at: usize) -> Project {
        Project { tree: self.tree.clone(), at }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.node().map(|n| name_of(&n.entity)).unwrap_or_default()
    }

    /// Returns the names from the top down, as `A // B // C`. Closed projects above count if the server names them.
    pub fn path(&self) -> String {
        let mut names: Vec<&str> = self.tree.names(self.at).collect();
        names.reverse();
        names.join(BETWEEN)
    }

    /// Returns the number of open projects above it.
    pub fn depth(&self) -> usize {
        self.node().map_or(0, |n| n.depth)
    }

    /// Returns its reference.
    pub fn reference(&self) -> Option<&Ref> {
        self.entity()?.reference()
    }

    /// Returns the project as an entity, with its other fields.
    pub fn entity(&self) -> Option<&Entity> {
        self.node().map(|n| &n.entity)
    }

    /// Returns its parent, if that is open.
    pub fn parent(&self) -> Option<Project> {
        self.node()?.parent.map(|at| self.other(at))
    }

    /// Returns the projects above it, nearest first.
    pub fn ancestors(&self) -> Vec<Project> {
        std::iter::successors(self.parent(), Project::parent).collect()
    }

    /// Returns its direct children, by name.
    pub fn children(&self) -> Vec<Project> {
        let depth = self.depth().saturating_add(1);
        self.below().filter(|project| project.depth() == depth).collect()
    }

    /// Returns all projects below it, each before its children.
    pub fn descendants(&self) -> Vec<Project> {
        self.below().collect()
    }

    fn below(&self) -> impl Iterator<Item = Project> {
        let after = (self.at.saturating_add(1)..self.tree.len()).map(|at| self.other(at));
        after.take_while(|project| project.depth() > self.depth())
    }
}

/// Writes its path.
impl fmt::Display for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.path())
    }
}

impl fmt::Debug for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Project").field("path", &self.path()).field("ref", &self.reference()).finish()
    }
}

/// Names the project by its reference.
impl From<&Project> for ScopeName {
    fn from(project: &Project) -> ScopeName {
        project.entity().map_or_else(|| ScopeName::from(""), ScopeName::from)
    }
}

fn name_of(row: &Entity) -> &str {
    row.name().unwrap_or_default()
}

/// Returns the names of the projects above a row, nearest first, as far as the server sent them.
fn names_above(row: &Entity) -> Vec<String> {
    let (mut names, mut above) = (Vec::new(), &row["Parent"]);
    while let Some(name) = ["Name", "_refObjectName"].iter().find_map(|key| above[*key].as_str()) {
        names.push(name.to_owned());
        above = &above["Parent"];
    }
    names
}
