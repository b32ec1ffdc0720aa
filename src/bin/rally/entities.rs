//! Objects in the form asked for.

use crate::columns;
use crate::failure::Failure;
use crate::rows::{Cell, Format, Rows};
use crate::show::Look;
use crate::text::one_line;
use rally_wsapi::{Entity, Error, ErrorKind, PathProblem, Query, Rally, schema};
use serde_json::Value;
use std::io::Write;

/// What is shown of each object.
#[derive(Debug)]
pub(crate) struct View {
    look: Look,
    /// `None` for everything there is.
    columns: Option<Vec<String>>,
    /// Whether --fetch named them.
    is_named: bool,
    /// What is asked for beside the rows.
    sums: Vec<String>,
    missing: Missing,
}

/// What a column is in an object whose type has no such attribute.
#[derive(Debug)]
enum Missing {
    /// Usual columns stay empty; so do those that the query has checked.
    Blank,
    /// A column asked for stays empty if one of these types has it.
    OfTypes(Rally, Vec<String>),
}

/// Forms that other commands read: their rows say which objects they are.
fn is_read_back(format: Format) -> bool {
    matches!(format, Format::Csv | Format::Json | Format::Jsonl)
}

impl View {
    /// `lists` are what --fetch gave; nothing stands for `usual`, or for everything in the sheets.
    pub(crate) fn new(look: Look, lists: &[String], usual: Vec<String>) -> Result<View, Failure> {
        if !lists.is_empty() && columns::named(lists).is_empty() {
            return Err(Failure::usage(
                "--fetch is empty; name fields, as --fetch FormattedID,Name, or leave it out",
            ));
        }
        let (sums, named): (Vec<String>, Vec<String>) =
            columns::named(lists).into_iter().partition(|name| columns::is_sum(name));
        let all = named.iter().any(|name| name == "true");
        let is_named = !all && !named.is_empty();
        if all && !sums.is_empty() {
            return Err(Failure::usage("`--fetch true` brings no sums; name the columns beside them"));
        }
        let columns = match look.format {
            _ if all && is_columns(look.format) => {
                return Err(Failure::usage(
                    "`--fetch true` has no columns for a table; name them, or add `--format jsonl` or `details`",
                ));
            }
            Format::Ids if usual.iter().any(|name| name == "FormattedID") => {
                Some(vec!["FormattedID".to_owned()])
            }
            Format::Ids => Some(Vec::new()),
            _ if all => None,
            Format::Details if named.is_empty() && sums.is_empty() => None,
            _ if named.is_empty() && is_read_back(look.format) => Some(columns::with_id(usual)),
            _ if named.is_empty() => Some(usual),
            _ => Some(named),
        };
        Ok(View { look, columns, is_named, sums, missing: Missing::Blank })
    }

    /// The fields that were asked for by name, for what a write brings back; `None` for all.
    pub(crate) fn asked(&self) -> Option<Vec<String>> {
        let columns = self.columns.as_deref().filter(|_| self.is_named)?;
        Some(columns::to_fetch(columns)).filter(|names| !names.is_empty())
    }

    /// The same for a batch, which brings back ids alone unless it is asked for more.
    pub(crate) fn asked_of_many(&self) -> Option<Vec<String>> {
        let whole = || (self.look.format != Format::Ids).then(|| vec!["true".to_owned()]);
        self.asked().or_else(whole)
    }

    /// Refuses, before a write, columns that none of the types has.
    pub(crate) fn check_of_types(self, rally: &Rally, types: Vec<String>) -> Result<View, Failure> {
        if !self.is_named {
            return Ok(self);
        }
        let view = self.of_types(rally, types);
        let first = |column: &String| column.split('.').next().unwrap_or_default().to_owned();
        let asked = view.asked().unwrap_or_default();
        match asked.iter().find(|column| !view.is_of_types(&first(column))) {
            Some(column) => Err(view.of_none(column)),
            None => Ok(view),
        }
    }

    pub(crate) fn has_sums(&self) -> bool {
        !self.sums.is_empty()
    }

    /// `None` where everything is shown.
    pub(crate) fn column_count(&self) -> Option<usize> {
        self.columns.as_ref().map(Vec::len)
    }

    /// Only a query has sums.
    pub(crate) fn without_sums(self) -> Result<View, Failure> {
        match self.sums.first() {
            Some(sum) => {
                Err(Failure::usage(format!("`{sum}` is over the rows of a query; use `rally query`")))
            }
            None => Ok(self),
        }
    }

    /// Everything, whatever is usual.
    pub(crate) fn whole(mut self) -> View {
        self.columns = None;
        self
    }

    /// Columns that none of the types has are a mistake.
    pub(crate) fn of_types(mut self, rally: &Rally, types: Vec<String>) -> View {
        self.missing = Missing::OfTypes(rally.clone(), types);
        self
    }

    pub(crate) fn fetch(&self, query: Query) -> Query {
        let Some(columns) = &self.columns else { return query.fetch_all() };
        let names = [columns::to_fetch(columns), self.sums.clone()].concat();
        if names.is_empty() { query } else { query.fetch(names) }
    }

    pub(crate) fn print(
        &self,
        entities: impl IntoIterator<Item = Result<Entity, Failure>>,
        out: &mut dyn Write,
    ) -> Result<usize, Failure> {
        if matches!(self.look.format, Format::Ids | Format::Details) {
            return self.print_lines(entities, out);
        }
        let mut count = 0;
        let mut rows = Rows::new(out, self.look, self.columns.clone().unwrap_or_default());
        let mut entities = entities.into_iter();
        while let Some(entity) = entities.next() {
            let entity = entity?;
            match &self.columns {
                None => rows.object(&entity)?,
                Some(columns) => rows.row(&self.cells(&entity, columns)?)?,
            }
            count += 1;
            if entities.size_hint().0 == 0 {
                rows.pause()?;
            }
        }
        rows.finish()?;
        Ok(count)
    }

    fn print_lines(
        &self,
        entities: impl IntoIterator<Item = Result<Entity, Failure>>,
        out: &mut dyn Write,
    ) -> Result<usize, Failure> {
        let mut count = 0;
        let mut entities = entities.into_iter();
        while let Some(entity) = entities.next() {
            let entity = entity?;
            match (&self.columns, self.look.format) {
                (_, Format::Ids) => writeln!(out, "{}", one_line(&id(&entity)))?,
                (None, _) => writeln!(out, "{}{}", gap(count), crate::text::plain_lines(&entity.details()))?,
                (Some(columns), _) => {
                    writeln!(out, "{}{}", gap(count), entity.type_name())?;
                    for (name, cell) in columns.iter().zip(self.cells(&entity, columns)?) {
                        writeln!(out, "    {name:<30} : {}", one_line(&cell.text()))?;
                    }
                }
            }
            count += 1;
            if entities.size_hint().0 == 0 {
                out.flush()?;
            }
        }
        Ok(count)
    }

    /// The fields of an object, one for each column.
    pub(crate) fn cells_of<'e>(&'e self, entity: &'e Entity) -> Result<Vec<Cell<'e>>, Failure> {
        self.cells(entity, self.columns.as_deref().unwrap_or_default())
    }

    fn cells<'e>(&self, entity: &'e Entity, columns: &'e [String]) -> Result<Vec<Cell<'e>>, Failure> {
        let cell = |path: &'e String| match columns::summed_up(path) {
            Some(collection) => Ok(summary(entity, collection).into()),
            None => self.cell(entity, path),
        };
        columns.iter().map(cell).collect()
    }

    fn cell<'e>(&self, entity: &'e Entity, path: &'e str) -> Result<Cell<'e>, Failure> {
        match entity.get(path) {
            Ok(field) if field.is_absent() && !self.is_of_types(path) => Err(self.of_none(path)),
            Ok(field) => Ok(Cell::Field(field)),
            Err(error) if self.is_blank(&error) => Ok(Value::Null.into()),
            Err(error) => Err(error.into()),
        }
    }

    fn is_blank(&self, error: &Error) -> bool {
        let ErrorKind::Path(path) = error.kind() else { return false };
        // Names that begin so are the server's: one that no object has is a mistake for any type.
        path.problem == PathProblem::NoSuchField
            && !path.segment.starts_with('_')
            && match &self.missing {
                Missing::Blank => true,
                Missing::OfTypes(rally, types) => path.index > 0 || has_any(rally, types, &path.segment),
            }
    }

    /// Whether a column may be absent in an object: its name is that of an attribute of one of the types.
    fn is_of_types(&self, path: &str) -> bool {
        match &self.missing {
            Missing::Blank => true,
            Missing::OfTypes(rally, types) => path.contains('.') || has_any(rally, types, path),
        }
    }

    fn of_none(&self, column: &str) -> Failure {
        let types = match &self.missing {
            Missing::OfTypes(_, types) => types.join(" or "),
            Missing::Blank => String::new(),
        };
        Failure::usage(format!("no field `{column}` in {types}; `rally schema TYPE` lists the fields"))
    }
}

/// The server's counts of the members of a collection.
fn summary(entity: &Entity, collection: &str) -> Value {
    let all = entity["Summary"].as_object().into_iter().flatten();
    // The server has `Test Cases` by its element name.
    let letters = |name: &str| name.replace(|c: char| !c.is_alphanumeric(), "").to_lowercase();
    let element = |name: &str| letters(name.strip_prefix("c_").unwrap_or(name));
    let mut own = all.filter(|(name, _)| element(name) == element(collection));
    own.next().map_or(Value::Null, |(_, counts)| counts.clone())
}

fn has_any(rally: &Rally, types: &[String], name: &str) -> bool {
    let has = |kind: &String| {
        schema::is_standard(kind, name)
            || rally.type_def(kind).is_ok_and(|definition| definition.attribute(name).is_some())
    };
    types.iter().any(has)
}

/// Whether a form has a column for each name.
fn is_columns(format: Format) -> bool {
    matches!(format, Format::Table | Format::Csv | Format::Markdown)
}

fn gap(count: usize) -> &'static str {
    if count == 0 { "" } else { "\n" }
}

/// What people call an object by.
pub(crate) fn id(entity: &Entity) -> String {
    let reference = || entity.reference().map(ToString::to_string).unwrap_or_default();
    entity.formatted_id().map_or_else(reference, str::to_owned)
}
