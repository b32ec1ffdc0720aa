//! Below the flags of the program itself, and of commands that set it up.

pub(crate) const RALLY: &str = "\
Examples:
  rally --sandbox query Defect 'State = Open'     a first try, without any account
  rally login                                     asks for server and API key, and keeps them
  rally check                                     is the server there, does it know me?
  rally query Story 'ScheduleState = Accepted' --fetch FormattedID,Name,Owner.EmailAddress
  rally mine                                      what is on my desk?
  rally sprint                                    and on that of the team?
  rally get DE12
  rally update DE12 DE20-DE24 State=Fixed

Settings: `rally help settings` has them all, `rally config` shows what is in force.

Exit codes:
  0  done
  1  the server or the data said no, or there was no answer
  2  the command line or the settings are not right; nothing was written
  3  what was asked for is not there
  4  partly done: the failures are on standard error
  130, 143  ended by SIGINT (ctrl-c), by SIGTERM
If the reader of a pipe ends early (`rally query .. | head`), the exit code is 0.";

pub(crate) const SETTINGS: &str = "\
Settings, each over the one before:
  the profile `default` of the user's file, which `rally login` writes
  variables of the environment
  rally-v2.0.cfg in this folder, with lines like `SERVER = host`
  the file that RALLY_CONFIG names, then the file of --config
  the profile that --profile or RALLY_PROFILE names
  single flags

  variable                      flag            meaning
  RALLY_SERVER                  --server        host or URL; without it rally1.rallydev.com
  RALLY_API_KEY, else APIKEY    --apikey        the API key; wins over user and password
  RALLY_API_KEY_FILE            --apikey-file   a file whose first line is the API key
  RALLY_API_KEY_COMMAND                         a command that prints it, as `pass show rally`
  RALLY_USER, RALLY_PASSWORD    --user          user and --password, without an API key
  RALLY_WORKSPACE               --workspace     a name, an ObjectID or a ref
  RALLY_PROJECT                 --project       the same, or a path `A // B // C`; `default` for the
                                                user's own project, `null` for all projects
  RALLY_CONFIG                  --config        a settings file; `.cfg` may be left off
  RALLY_PROFILE                 --profile       a profile of the user's file
  HTTPS_PROXY, else ALL_PROXY                   the proxy: http, https or SOCKS (PROXY in a file)
  NO_PROXY                                      the servers that are reached without it
  RALLY_CA_FILE                                 certificates to trust, too: a file or a folder
  SSL_CERT_FILE, SSL_CERT_DIR                   those to trust in place of the platform's
  RALLY_CLIENT_CERT                             a client certificate, in PEM form
  RALLY_CLIENT_KEY                              its key, where it is in a file of its own
  RALLY_SCHEMA_CACHE                            a folder that keeps the schema between runs
  RALLY_LOG                                     `stderr` or a file: a line for each request
  RALLY_RECORD                  --record        a file to record requests and answers in
  RALLY_REPLAY                  --replay        a recorded file that answers in place of the server
  RALLY_CASSETTE_KEEP           --keep          attributes whose texts are recorded as they are, as
                                                Name,c_Team; `*` for all; `attachments` for files
                                --max-requests  stop before sending more requests than this
                                --rate          send at most this number of requests a second
                                --max-in-flight have at most this number of requests in flight
                                --sandbox       ask a fresh sandbox in place of a server
  NO_COLOR, CLICOLOR_FORCE      --color         colours: auto, always or never
  RALLY_PAGER, else PAGER                       the pager of what fills a terminal; empty for none

In a file the names are those of the variables without RALLY_: `API_KEY = ..`, `WORKSPACE = ..`.
The user's file is rally/config below $XDG_CONFIG_HOME or ~/.config, on Windows below %APPDATA%: the
same lines, below headings like `[work]`. The secrets of a profile go to the server of that profile
alone. A server that only rally-v2.0.cfg names gets no secret from elsewhere.

Other users of this machine can see a command line: keep the API key off it. `rally login` keeps it
in a file that only you can read, and `--apikey -` reads it from standard input.";

pub(crate) const LOGIN: &str = "\
Examples:
  rally login                                     asks for server and API key
  rally login --profile lab --server lab.example --project 'Shop // Web'
  pass show rally | rally login --with-key

The key is checked by one request, and kept in the user's file, which only its owner can read; other profiles and \
comments there stay. Workspace and project are kept if they are given. `rally query Defect --profile lab` takes the \
profile `lab`; `default` holds where none is named.";

pub(crate) const LOGOUT: &str = "\
Examples:
  rally logout
  rally logout --profile lab

Its other settings stay in the file. The server takes the key until it is deleted there.";

pub(crate) const CONFIG: &str = "\
Examples:
  rally config
  rally config --profile lab --format json";

pub(crate) const CHECK: &str = "\
Examples:
  rally check
  rally check --profile lab -v";

pub(crate) const PROBE: &str = "\
Examples:
  rally probe                                     reads only
  rally probe --write-in-project 'Try // Here'
  rally probe --format markdown                   with what is asked, for an issue

Each line is a question and `yes`, `no`, `other:` with the form of the answer, or `unknown:` with the \
reason why it could not be asked; --format shows what is asked, too. Neither names nor texts, ids, \
addresses and keys of yours are printed. It takes about forty small requests. A server that refuses the credentials, or \
does not answer three questions in a row, is not asked further.

--write-in-project makes one defect, writes to it, and deletes it and its copy again, whatever \
happens to the questions; they go to the recycle bin. If the program is ended midway, delete the defects whose name begins with `rally probe`.

The exit code is 0 if all questions were asked, 4 if some were, 1 if none.";

pub(crate) const API: &str = "\
Examples:
  rally api GET defect -f pagesize=1 -f fetch=Name
  rally api GET user
  rally api POST tag/create --input - <<< '{\"Tag\": {\"Name\": \"urgent\"}}'
  rally api DELETE /tag/12345

The path is relative to the service (`/slm/webservice/v2.0`); one that begins with `analytics/` is
that of the Lookback service next to it. The request is sent as it is written: with your
credentials, without the workspace and project of the settings. The answer is
printed as it is. If it contains errors, they are also printed on standard error, and the exit
code is 1, or 3 for an object that does not exist.";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  source <(rally completions bash)                             in ~/.bashrc
  source <(rally completions zsh)                              in ~/.zshrc, below compinit
  rally completions fish | source                              in ~/.config/fish/config.fish
  rally completions powershell | Out-String | Invoke-Expression     in $PROFILE

The shell runs `rally` at each TAB, so commands and flags are always those of the installed
program. Types, fields and values come from the schema in the folder of RALLY_SCHEMA_CACHE, or
without one from a built-in list. No request is sent. Of some drop-downs the schema does not hold
the values: they complete once `rally values Defect Severity` has listed them.";

pub(crate) const MAN: &str = "\
Examples:
  rally man | man -l -
  rally man --to ~/.local/share/man/man1          rally.1, rally-query.1 and so on";

pub(crate) const SANDBOX: &str = "\
Examples:
  rally sandbox                                   then, in another window, what it prints
  rally sandbox --port 8080 --seed my-data

It serves until ctrl-c or SIGTERM, with a terminal or without (`rally sandbox &`), and then everything written to it is gone.";
