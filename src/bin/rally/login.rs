//! `rally login`, `rally logout`

use crate::failure::Failure;
use crate::profiles;
use crate::prompt;
use crate::settings::Settings;
use crate::stdio::say;
use crate::text::one_line;
use rally_wsapi::{ConfigBuilder, Rally};
use std::io::Write;
use std::path::PathBuf;

/// Broadcom's own service.
const SERVER: &str = "rally1.rallydev.com";

#[derive(Debug, clap::Args)]
pub(crate) struct Login {
    /// Read the API key from standard input in place of asking for it
    #[arg(long)]
    with_key: bool,
}

impl Login {
    pub(crate) fn run(&self, settings: &Settings, out: &mut dyn Write) -> Result<(), Failure> {
        let (profile, path) = place(settings)?;
        if settings.user.is_some() || settings.password.is_some() || settings.apikey_file.is_some() {
            return Err(Failure::usage(
                "a profile made by `rally login` holds an API key; leave the other credentials out",
            ));
        }
        let usual = || known_server(settings, &profile);
        let server = match &settings.server {
            Some(server) => server.clone(),
            None if self.reads_key(settings) || !prompt::is_possible() => usual(),
            None => prompt::answer("Server", &usual())?,
        };
        let key = match &settings.apikey {
            _ if self.reads_key(settings) => prompt::line()?,
            Some(key) => key.clone(),
            None if prompt::is_possible() => prompt::secret("API key (it is not shown)")?,
            None => {
                return Err(Failure::usage(
                    "no terminal to ask for the API key on; pipe it in, and add --with-key",
                ));
            }
        };
        if key.is_empty() {
            return Err(Failure::usage("the API key is empty; nothing was stored"));
        }
        let asked = Settings {
            server: Some(server.clone()),
            apikey: Some(key.clone()),
            profile: Some(String::new()),
            ..settings.clone()
        };
        let config = asked.config(None)?;
        let address = config.base_url().to_owned();
        let user = Rally::new(config)?.user()?;
        let mut lines = vec![("SERVER", server.as_str()), ("APIKEY", key.as_str())];
        let scope = [("WORKSPACE", &settings.workspace), ("PROJECT", &settings.project)];
        lines.extend(scope.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
        if lines.iter().any(|(_, value)| value.contains(char::is_control)) {
            return Err(Failure::usage("a setting holds a line break or another control character"));
        }
        let text = profiles::edited(&profiles::read(&path)?, &profile, &lines).unwrap_or_default();
        profiles::write(&path, &text)?;
        let name = ["DisplayName", "UserName"].map(|name| user.get(name).map(|field| field.to_string()));
        let [name, login] = name.map(Result::unwrap_or_default);
        writeln!(out, "{} ({}) at {address}", one_line(&name), one_line(&login))?;
        writeln!(out, "stored as the profile `{profile}` in {}", path.display())?;
        self.tell_what_comes_before(settings, &profile);
        Ok(())
    }

    fn reads_key(&self, settings: &Settings) -> bool {
        self.with_key || settings.apikey.as_deref() == Some("-")
    }

    /// Says how to use the profile where it is not what counts now.
    fn tell_what_comes_before(&self, settings: &Settings, profile: &str) {
        let plain = Settings { server: None, apikey: None, ..settings.clone() };
        let origin = plain.config(None).ok().and_then(|config| {
            config.sources().into_iter().find(|source| source.name == "apikey").map(|source| source.origin)
        });
        if settings.profile.is_none()
            && !origin.as_ref().is_some_and(|o| o.starts_with(&format!("profile {profile},")))
        {
            let what =
                origin.filter(|origin| origin != "default").unwrap_or_else(|| "another setting".to_owned());
            say(&format!("{what} counts before this profile; --profile {profile} counts before it"));
        }
    }
}

/// Takes the credentials of the profile out of the file.
pub(crate) fn logout(settings: &Settings, out: &mut dyn Write) -> Result<(), Failure> {
    let (profile, path) = place(settings)?;
    let edited = profiles::edited(&profiles::read(&path)?, &profile, &[]);
    let missing =
        || Failure::NotThere(format!("the profile `{profile}` in {} has no credentials", path.display()));
    profiles::write(&path, &edited.ok_or_else(missing)?)?;
    writeln!(out, "the credentials of the profile `{profile}` are gone from {}", path.display())?;
    Ok(writeln!(out, "the server still takes them: delete the key there, if others may have it")?)
}

/// The profile that is meant, and the file it is in.
fn place(settings: &Settings) -> Result<(String, PathBuf), Failure> {
    if settings.sandbox {
        return Err(Failure::usage("--sandbox needs no login; leave it out to log in to a server"));
    }
    if settings.profile.as_deref() == Some("") {
        return Err(Failure::usage("--profile is empty; name a profile, or leave it out for `default`"));
    }
    // One that is not text is not a name either.
    let variable = || std::env::var_os("RALLY_PROFILE").map(|name| name.to_string_lossy().into_owned());
    let named = settings.profile.clone().or_else(variable).filter(|name| !name.is_empty());
    let profile = named.unwrap_or_else(|| profiles::DEFAULT.to_owned());
    if !profile.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err(Failure::usage("the name of a profile is made of letters, digits, `-`, `_` and `.`"));
    }
    let path = ConfigBuilder::profiles_file().ok_or_else(|| {
        Failure::usage("the folder for settings is unknown; set HOME, or XDG_CONFIG_HOME; on Windows APPDATA")
    })?;
    Ok((profile, path))
}

/// That of the profile as it is, or of the other settings.
fn known_server(settings: &Settings, profile: &str) -> String {
    let of = |profile: &str| {
        // A key, so that the settings are whole.
        let profile = Some(profile.to_owned());
        let asked = Settings { apikey: Some("_".to_owned()), profile, ..settings.clone() };
        let config = asked.config(None).ok()?;
        let is_set =
            config.sources().iter().any(|source| source.name == "server" && source.origin != "default");
        is_set.then(|| config.base_url().to_owned())
    };
    of(profile).or_else(|| of("")).unwrap_or_else(|| SERVER.to_owned())
}
