//! The settings that the environment, a settings file or a flag can set: one table.

/// A setting with a name; those that only the builder sets have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Server,
    ApiKey,
    ApiKeyFile,
    ApiKeyCommand,
    User,
    Password,
    Workspace,
    Project,
    Proxy,
    NoProxy,
    CaFile,
    ClientCert,
    ClientKey,
    SchemaCache,
    Log,
    Record,
    Replay,
    CassetteKeep,
}

/// What a setting may do if it is in the settings file of the current folder, which others may have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is used. A server named there gets no secret from elsewhere.
    Scope,
    /// It is used if every effective secret comes from that file, too.
    Connection,
    /// It runs a command, or reads or writes any file of the machine: it is used only in a trusted folder.
    Machine,
}

struct Row {
    item: Item,
    /// As in files and in `rally config`, in lower case without separators.
    name: &'static str,
    variables: &'static [&'static str],
    /// A program's arguments may set it, too.
    flag: bool,
    is_path: bool,
    reach: Reach,
}

const fn row(item: Item, name: &'static str, variables: &'static [&'static str], reach: Reach) -> Row {
    Row { item, name, variables, flag: false, is_path: false, reach }
}

impl Row {
    const fn flag(self) -> Row {
        Row { flag: true, ..self }
    }

    const fn path(self) -> Row {
        Row { is_path: true, ..self }
    }
}

/// Of two settings that exclude each other in one source, the later one wins: a key over its file over its command.
const TABLE: [Row; 18] = {
    use Item as I;
    use Reach as R;
    [
        row(I::Server, "server", &["RALLY_SERVER"], R::Scope).flag(),
        row(I::ApiKeyCommand, "apikeycommand", &["RALLY_API_KEY_COMMAND"], R::Machine),
        row(I::ApiKeyFile, "apikeyfile", &["RALLY_API_KEY_FILE"], R::Machine).flag().path(),
        row(I::ApiKey, "apikey", &["RALLY_API_KEY", "APIKEY"], R::Scope).flag(),
        row(I::User, "user", &["RALLY_USER"], R::Scope).flag(),
        row(I::Password, "password", &["RALLY_PASSWORD"], R::Scope).flag(),
        row(I::Workspace, "workspace", &["RALLY_WORKSPACE"], R::Scope).flag(),
        row(I::Project, "project", &["RALLY_PROJECT"], R::Scope).flag(),
        row(I::Proxy, "proxy", &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"], R::Connection),
        row(I::NoProxy, "noproxy", &["NO_PROXY", "no_proxy"], R::Connection),
        row(I::CaFile, "cafile", &["RALLY_CA_FILE"], R::Connection).path(),
        row(I::ClientCert, "clientcert", &["RALLY_CLIENT_CERT"], R::Connection).path(),
        row(I::ClientKey, "clientkey", &["RALLY_CLIENT_KEY"], R::Connection).path(),
        row(I::SchemaCache, "schemacache", &["RALLY_SCHEMA_CACHE"], R::Connection).path(),
        row(I::Log, "log", &["RALLY_LOG"], R::Machine).path(),
        row(I::Record, "record", &["RALLY_RECORD"], R::Machine).path(),
        row(I::Replay, "replay", &["RALLY_REPLAY"], R::Machine).path(),
        row(I::CassetteKeep, "cassettekeep", &["RALLY_CASSETTE_KEEP"], R::Machine),
    ]
};

/// The ways to give an API key.
pub(super) const KEYS: &[Item] = &[Item::ApiKey, Item::ApiKeyFile, Item::ApiKeyCommand];

/// The settings for signing in.
pub(super) const SIGN_IN: &[Item] =
    &[Item::ApiKey, Item::ApiKeyFile, Item::ApiKeyCommand, Item::User, Item::Password];

impl Item {
    pub(super) fn all() -> impl Iterator<Item = Item> {
        TABLE.iter().map(|row| row.item)
    }

    /// By its name in a file: in any case, with or without `_`, `-` and pyral's `rally` prefix.
    pub(super) fn in_file(name: &str) -> Option<Item> {
        let plain: String =
            name.chars().filter(|c| !matches!(c, '_' | '-')).collect::<String>().to_ascii_lowercase();
        let plain = plain.strip_prefix("rally").unwrap_or(&plain);
        TABLE.iter().find(|row| row.name == plain).map(|row| row.item)
    }

    /// By the name of its flag, if it has one.
    pub(super) fn in_flag(name: &str) -> Option<Item> {
        Item::in_file(name).filter(|item| item.row().is_some_and(|row| row.flag))
    }

    pub(super) fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// The first one that is set counts.
    pub(super) fn variables(self) -> &'static [&'static str] {
        self.row().map_or(&[], |row| row.variables)
    }

    pub(super) fn reach(self) -> Reach {
        self.row().map_or(Reach::Machine, |row| row.reach)
    }

    pub(super) fn is_path(self) -> bool {
        self.row().is_some_and(|row| row.is_path)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.item == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        for name in ["apikey", "API_KEY", "rallyApikey", "--api-key"] {
            assert_eq!(Item::in_file(name), Some(Item::ApiKey), "{name}");
        }
        assert_eq!(Item::in_flag("apikey-file"), Some(Item::ApiKeyFile));
        // A program may have a --log or a --proxy of its own.
        assert_eq!((Item::in_flag("log"), Item::in_flag("proxy"), Item::in_flag("")), (None, None, None));
        assert_eq!(Item::in_file("VERSION"), None);
    }

    #[test]
    fn every_item_has_a_row() {
        assert_eq!(Item::all().count(), TABLE.len());
        assert!(Item::all().all(|item| !item.name().is_empty() && !item.variables().is_empty()));
    }
}
