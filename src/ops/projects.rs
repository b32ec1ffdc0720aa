//! The projects of a workspace as a tree.

use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::place::Place;
use crate::reference::Ref;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// What stands between the names of a path.
const BETWEEN: &str = " // ";

/// The open projects of a workspace, each below its parent. Projects of one name stay apart.
///
/// ```
/// # use rally_wsapi::{Result, sandbox::Sandbox};
/// # fn main() -> Result<()> {
/// # let sandbox = Sandbox::start()?;
/// # let rally = sandbox.rally()?;
/// for project in &rally.projects()? {
///     println!("{:indent$}{}", "", project.name(), indent = 2 * project.depth());
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
    /// The names from the top down to this one.
    path: Vec<String>,
    parent: Option<usize>,
    depth: usize,
}

/// A project in its tree.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?;
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
        let (mut below, mut tops) = (vec![Vec::new(); rows.len()], Vec::new());
        for (i, row) in rows.iter().enumerate() {
            let parent =
                Ref::parse(row["Parent"].get("_ref").and_then(Value::as_str).unwrap_or_default()).ok();
            match parent.and_then(|p| below.get_mut(*places.get(&p)?)) {
                Some(children) => children.push(i),
                None => tops.push(i),
            }
        }
        // From each top downwards. A ring of parents has no top: what is left over then begins one.
        let mut nodes: Vec<Node> = Vec::with_capacity(rows.len());
        let mut seen = vec![false; rows.len()];
        for top in tops.into_iter().chain(0..rows.len()) {
            let mut next = vec![(top, None::<usize>)];
            while let Some((i, parent)) = next.pop() {
                let (Some(row), Some(seen)) = (rows.get(i), seen.get_mut(i)) else { continue };
                if std::mem::replace(seen, true) {
                    continue;
                }
                let above = parent.and_then(|p| nodes.get(p));
                let depth = above.map_or(0, |above| above.depth + 1);
                let path = match above {
                    Some(above) => [above.path.as_slice(), &[name_of(row).to_owned()]].concat(),
                    None => lineage(row),
                };
                let children = below.get(i).map(Vec::as_slice).unwrap_or_default();
                next.extend(children.iter().rev().map(|child| (*child, Some(nodes.len()))));
                nodes.push(Node { entity: row.clone(), path, parent, depth });
            }
        }
        Projects(Arc::new(nodes))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All projects, each before those below it, siblings by name.
    pub fn iter(&self) -> impl Iterator<Item = Project> + use<> {
        let tree = self.clone();
        (0..self.len()).map(move |at| Project { tree: tree.clone(), at })
    }

    /// The projects with no open project above them.
    pub fn tops(&self) -> Vec<Project> {
        self.iter().filter(|project| project.depth() == 0).collect()
    }

    /// The project of a name or a path `A // B // C`; the end of a path will do. Sends nothing.
    ///
    /// # Errors
    /// `NotFound` where there is none, `Ambiguous` with the paths where there are several.
    pub fn find(&self, name: &str) -> Result<Project> {
        let steps: Vec<&str> = name.split(BETWEEN.trim()).map(str::trim).collect();
        let ends_so = |project: &Project| {
            let path = &project.node().map(|n| n.path.as_slice()).unwrap_or_default();
            path.len() >= steps.len() && path.iter().rev().zip(steps.iter().rev()).all(|(a, b)| a == b)
        };
        let mut found: Vec<Project> = self.iter().filter(ends_so).collect();
        // A whole path beats the end of a longer one.
        let whole = |p: &Project| p.node().is_some_and(|n| n.path.len() == steps.len());
        if steps.len() > 1 && found.iter().any(whole) {
            found.retain(whole);
        }
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(Error::new(ErrorKind::NotFound, format!("no open project is named `{name}`"))
                .remedy("check the name, its letter case, and what the credentials may see")),
            (Some(last), false) => {
                found.push(last);
                let paths = found.iter().map(Project::path).collect();
                Err(Error::ambiguous(format!("{} projects are named `{name}`", found.len()), paths)
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

    fn nodes(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.tree.0.iter().enumerate()
    }

    fn other(&self, at: usize) -> Project {
        Project { tree: self.tree.clone(), at }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.node().and_then(|n| n.path.last()).map(String::as_str).unwrap_or_default()
    }

    /// The names from the top down to it, as `A // B // C`. Closed projects above count, if the server names them.
    pub fn path(&self) -> String {
        self.node().map(|n| n.path.join(BETWEEN)).unwrap_or_default()
    }

    /// How many open projects are above it.
    pub fn depth(&self) -> usize {
        self.node().map_or(0, |n| n.depth)
    }

    /// Its reference.
    pub fn reference(&self) -> Option<&Ref> {
        self.entity()?.reference()
    }

    /// The project as an object, with its other fields.
    pub fn entity(&self) -> Option<&Entity> {
        self.node().map(|n| &n.entity)
    }

    /// The project right above, if it is open.
    pub fn parent(&self) -> Option<Project> {
        self.node()?.parent.map(|at| self.other(at))
    }

    /// The projects above, the nearest first.
    pub fn ancestors(&self) -> Vec<Project> {
        std::iter::successors(self.parent(), Project::parent).collect()
    }

    /// The projects right below, by name.
    pub fn children(&self) -> Vec<Project> {
        self.nodes().filter(|(_, n)| n.parent == Some(self.at)).map(|(at, _)| self.other(at)).collect()
    }

    /// All projects below, each before those below it.
    pub fn descendants(&self) -> Vec<Project> {
        let depth = self.depth();
        let below = self.nodes().skip(self.at.saturating_add(1)).take_while(|(_, n)| n.depth > depth);
        below.map(|(at, _)| self.other(at)).collect()
    }
}

/// Its path.
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

/// By reference.
impl From<&Project> for Place {
    fn from(project: &Project) -> Place {
        project.entity().map_or_else(|| Place::from(""), Place::from)
    }
}

fn name_of(row: &Entity) -> &str {
    row.name().unwrap_or_default()
}

/// The names of a row and of what the server told of those above it.
fn lineage(row: &Entity) -> Vec<String> {
    let mut names = vec![name_of(row).to_owned()];
    let mut above = &row["Parent"];
    while let Some(name) = ["Name", "_refObjectName"].iter().find_map(|key| above[*key].as_str()) {
        names.push(name.to_owned());
        above = &above["Parent"];
    }
    names.reverse();
    names
}
