//! What stands below the flags in the help texts.

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

pub(crate) const PROJECTS: &str = "\
Examples:
  rally projects
  rally projects --paths | grep Mobile            as --project takes them
  rally projects --format csv";

pub(crate) const QUERY: &str = "\
Examples:
  rally query Defect 'State = Open' 'Priority = \"Resolve Immediately\"'
  rally query Story 'Owner.UserName = ann@example.com AND PlanEstimate > 3' --order Rank --limit 9
  rally query Artifact 'Name contains pay' --types Defect,Story --all-projects
  rally query Defect --count
  rally query Defect --count-by State             how many in each, with bars
  rally query Defect --fetch FormattedID,Name,Owner.EmailAddress --format csv > defects.csv
  rally query Story --fetch true --format jsonl | jq .PlanEstimate
  rally query Story --fetch 'FormattedID,sum:[PlanEstimate]' --limit 10
  rally query Defect 'State != Closed' --as-of 2026-07-01

--as-of reads the Lookback API: fields of the item alone, without dots; of what it refers to the names of project, \
iteration and release, and ObjectIDs. Names in filters are those of today.

`sum:[PlanEstimate,TaskEstimateTotal]` asks the server for sums over all rows that match, whatever --limit \
says. They are one line below a table; in the other forms the output stays rows, and the line goes to \
standard error.

A table has 50 rows unless --limit says otherwise, and a line on standard error if there are more; on a terminal long \
texts end in `…`. Its times are those of this machine. --count-by asks for the one field of all rows that match, by one \
request for 2,000 of them; a value is what the field shows, so that several tags count together.

Several filters must all be met. Columns are dot paths, from object to object. In csv, json and jsonl \
values stand as the server sent them, and the usual columns of types without FormattedID begin \
with ObjectID, by which `rally get` and `rally update --csv` find the objects with --type; a spreadsheet may take a text that begins with `=` for a \
formula. In tables line breaks, control characters and marks of text direction are blanks; on a terminal they \
are written as `\\u001b` in the other forms. Rows go out page by page; the first page makes the widths \
of a table, and a longer text of a later one shifts its columns. If a request \
fails midway, the output ends there (json without its closing bracket), and the exit code is not 0.";

pub(crate) const GET: &str = "\
Examples:
  rally get DE12                                  all fields
  rally get DE12,US7-US9 --format table
  rally get DE12 --format jsonl | jq .PlanEstimate
  rally get /defect/12345678 --fetch Name,Owner.EmailAddress
  rally get 12345678 --type Iteration --format json
  rally query Defect 'State = Open' --format ids | rally get -

Ids are FormattedIDs, ranges of them, ObjectIDs, UUIDs and refs. Ids of a range that are not there \
are reported on standard error; a single id that is not there is a failure. `-` stands for standard input: \
ids, one a line, or JSON objects with FormattedID, _ref or ObjectID, as `--format jsonl` prints them. If \
it is empty, nothing is done, and the exit code is 0.";

pub(crate) const CREATE: &str = "\
Examples:
  rally create Defect Name='Total is off' Priority=Normal Owner=ann@example.com
  rally create Task Name='Ask the bank' WorkProduct=US7 Estimate:=1.5
  rally create Story --json story.json ScheduleState=Defined
  jq -c .[] stories.json | rally create Story - --format ids
  rally create Defect --csv new.csv State=Submitted --dry-run
  rally create Defect Name=Try --dry-run

`Field=text` sends text; where the field is known to hold a number, a date or yes and no, it is sent \
as one. Fields that hold objects take a ref, a FormattedID, a user name or the object's name. \
`Field:=json` sends JSON as it is: Owner:=null, Blocked:=true, Tags:='[\"/tag/12\"]'. The JSON of \
--json is one object, a list of them, or one a line; fields beside it go over it, in each.

--csv makes an object of each row of a sheet: its first line names the fields, as in --csv of `rally \
update --help`. Rows with an id are left out. What became of each row is kept in NAME.result.csv: run \
the same again, and rows whose objects are made are left out; rows of which no answer came are told.";

pub(crate) const UPDATE: &str = "\
Examples:
  rally update DE12 State=Fixed Resolution='Code Change'
  rally update US7 US20-US29 Iteration='Sprint 12'
  rally update DE12 Owner:=null
  rally update 12345678 --type Iteration State=Accepted
  rally query Defect 'State = Fixed' --format ids | rally update - State=Closed
  jq -c . changes.json | rally update --json -        objects with an id and fields each
  rally query Defect --format csv > d.csv         then edit d.csv, and
  rally update --csv d.csv --dry-run

Ids are as in `rally get`, fields as in `rally create`. Fields that are not named stay as they are.

A sheet of --csv is what `rally query --format csv` prints, edited: cells separated by commas, UTF-8. The \
column FormattedID, _ref or ObjectID says which object a row is; each other column is a field. What is \
there now is read first, and only cells that differ are sent. Owner.EmailAddress, Iteration.Name and \
the like set Owner, Iteration by that value; a list of tags is their names with commas between. A \
column that cannot be written may be there, unchanged. An empty cell leaves its field as it is, unless \
--clear-empty is given. A sheet with the column VersionId or LastUpdateDate is safe from writing over changes that others \
made since: such a row is refused, unless --overwrite is given. Without one of them a cell that is not as it \
is on the server is taken for a change of yours; get them by `--fetch FormattedID,VersionId,Name,State`. \
Everything is checked before the first write, and mistakes are reported with line and column. The result of each row is kept in NAME.result.csv beside the sheet.";

pub(crate) const DELETE: &str = "\
Examples:
  rally delete DE12 --dry-run
  rally delete DE100-DE120,US7
  rally delete TA5 TA6 --yes
  rally query Task 'Name contains obsolete' --format ids | rally delete - --yes

Ids are as in `rally get`. What is found is listed first, and deleted once you say yes; without a \
terminal nothing is deleted unless --yes is given. What can be restored goes to the recycle bin.";

pub(crate) const MINE: &str = "\
Examples:
  rally mine
  rally mine --project 'Bank // Mobile'
  rally mine --format csv > mine.csv

Shows the stories, defects, defect suites and test sets that you own and whose schedule state is
before Accepted, without defects whose State is Closed, and your tasks that are not Completed.
Looks in all projects of the workspace unless --project names one. The earliest iteration comes
first; items without an iteration come last. A table has 50 rows unless --limit says otherwise.";

pub(crate) const SPRINT: &str = "\
Examples:
  rally sprint
  rally sprint --project Shop
  rally sprint --iteration 'Sprint 1' --format csv

The current iteration is the one of the project that includes today, by the server's clock.
Iterations of several projects with the same name and the same days are one sprint. Shows all
stories, defects, defect suites and test sets that are scheduled in it, and a bar for each
schedule state: the number of items, and their points.";

pub(crate) const FLOW: &str = "\
Examples:
  rally flow cycle --since 2026-07-01
  rally flow time-in-state Story --hours 09:00-17:00 --days Mon-Fri
  rally flow cfd --under F12 --by day --format svg > flow.svg
  rally flow burndown --iteration 'Sprint 7'
  rally flow throughput --by month --format csv
  rally flow scope --release 'R1' --all-projects
  rally flow aging PortfolioItem/Feature --field State --states 'Discovering,Developing,Done' \
     --from Developing --done Done
  rally flow snapshots --all-projects > history.jsonl
  rally flow cycle --file history.jsonl --zone Europe/Berlin

Reads the history of items from the Lookback API, which lags some seconds and exists only on
Broadcom's servers. cfd, burndown, burnup and scope read only what was so within their days; the
other measures read whole histories, whatever the dates: when an item began lies before them, and
what became of it after them. snapshots writes what the measures are made of, an object a line;
--file reads it again, without a server or an API key. Items count while they are in the project; re-entries into a state count
together, and what fell back out of the last state is not done. Time is plain time in the zone of
the workspace unless --hours, --days or --holidays say what is worked. Tables of times give what
50, 85 and 95 of a hundred items took at most; csv and json give each item, in hours.

--file shop.db measures the history that `rally mirror shop.db --with-history` keeps: its projects, up
to its last run. Nothing is sent.";

pub(crate) const TREE: &str = "\
Examples:
  rally tree US7
  rally tree F12 --depth 1
  rally tree I3 --format csv > initiative.csv

Shows portfolio items with their children and stories, stories with their child stories, defects
and tasks. The estimate is in points, or in hours for tasks. Each level takes at most one request
for each kind of item and 200 parents, however many items there are.";

pub(crate) const OPEN: &str = "\
Examples:
  rally open DE12                                 in the browser
  rally open DE12 US7 --no-browser                prints the addresses
  rally open DE12 | pbcopy                        so does a pipe

On a terminal the page opens in the browser that BROWSER names, or in the system's. Elsewhere,
and with --no-browser, the address is printed. Ids are as in `rally get`.";

pub(crate) const COMMENT: &str = "\
Examples:
  rally comment DE12 'Seen again on 2.1'
  rally comment DE12,US7-US9 'Moved to the next sprint'
  git log -1 --format=%B | rally comment DE12 -
  rally comment DE12 --html '<b>Fixed</b> in 2.2'

The text is plain: line breaks are kept, `<` and `&` are shown as such. With --html it is sent as
it is. Ids are as in `rally get`.";

pub(crate) const EDIT: &str = "\
Examples:
  rally edit DE12
  EDITOR='code --wait' rally edit US7 --fetch Name,Description,Tags
  rally edit DE12 --dry-run

Opens the fields as JSON in the editor that VISUAL or EDITOR names, and sends only what you
change. null empties a field; a field that you delete from the file stays as it is. Objects are
given by name, people also by e-mail address. If somebody else changed the object in the
meantime, or the JSON is invalid, nothing is sent and the file is kept: --resume FILE continues
with it.";

pub(crate) const ADD: &str = "\
Examples:
  rally add DE1 Tags 'quick win' security
  rally add US7-US9,US12 Milestones 'Trade fair'
  rally add DE1 Tags urgent --create              makes the tag if there is none

Members are names, FormattedIDs or refs. Members that are in the collection already are not sent
again. Names are looked up once; then each object takes two requests, one that reads its members and
one that adds the others.";

pub(crate) const REMOVE: &str = "\
Examples:
  rally remove DE1 Tags 'quick win'
  rally remove US7,US8 Predecessors US3

The members are not deleted; they only leave the collection. Each object takes two requests: the
server does not say what it removed, so the members are counted afterwards.";

pub(crate) const RANK: &str = "\
Examples:
  rally rank US7 --above US3
  rally rank US7 --below US3
  rally rank DE12 --top
  rally rank DE12 --bottom --dry-run";

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

pub(crate) const ATTACH: &str = "\
Examples:
  rally attach DE12 screen.png server.log
  rally attach DE12 report.pdf --once
  rally query Defect 'State = Fixed' --format ids | rally attach - release-notes.pdf";

pub(crate) const DOWNLOAD: &str = "\
Examples:
  rally download DE12                             all attachments, to this folder
  rally download DE12 screen.png --to evidence
  rally download DE12 --skip-existing             only what is not in this folder yet
  rally query Defect --format ids | rally download - --to all       each into all/DE12 and so on

A file that is there already stays: `screen.png` is saved as `screen (2).png` beside it, also by a \
second download of the same. With --skip-existing an attachment whose file is there is left out, by its \
name alone. The paths of the files that were saved are printed. Names are made safe for every system. \
On ctrl-c and SIGTERM no half file is left.";

pub(crate) const HISTORY: &str = "\
Examples:
  rally history DE12
  rally history US7 --field ScheduleState --format csv

Fields have the names that the server writes into revisions: display names in capitals, as SCHEDULE STATE.";

pub(crate) const RESULTS: &str = "\
Examples:
  rally results target/junit.xml --build 1.4.2
  rally results reports/*.xml --build \"$BUILD_TAG\" --test-set TS5 --tester @me
  rally results junit.xml --build 7 --map tests.csv --dry-run

A test is of the test case that its name says, as `TC12 pays` or `test_tc12_pays`, else the name of its \
class. A line `test,TC12` of --map, with the test's name or `class.name`, goes before that. Tests of no test \
case are reported on standard error; if all tests are such, the exit code is 3. \
Several tests of one test case make one result: the worst verdict (Error, Fail, Pass), their times \
together, and what failed in the notes, shortened; --each sends one for each test. Skipped tests are \
not sent; with --skipped a test case of which nothing else was run is Inconclusive. \
All reports are read, and all test cases found by one query, before the first result is sent. Results \
go a hundred a request. Failed tests do not make this command fail.";

pub(crate) const SCHEMA: &str = "\
Examples:
  rally schema                                    all types, a line each
  rally schema Defect
  rally schema PortfolioItem/Feature
  rally schema Defect --format csv                for a spreadsheet
  rally schema Defect --rust --fetch FormattedID,State > src/defect.rs";

#[cfg(feature = "mirror")]
pub(crate) const MIRROR: &str = "\
Examples:
  rally mirror shop.db --types Story,Defect,Task,Iteration
  rally mirror shop.db                            later: only what has changed
  rally mirror shop.db --sweep                    once a week: what was deleted or moved unseen, too
  rally mirror web.db --types Story --project 'Shop // Web'
  rally mirror shop.db --rate 2                   at most two requests a second
  rally mirror shop.db --with-history             their history, too, for `rally flow --file shop.db`

Each type is a table, with a view by display names beside it (`v_defect`). A run that is interrupted
goes on where it was. Without --sweep, objects that move out of the project stay. Names of owners,
iterations and tags follow those types if they are mirrored, too; else they are those of the
object's last change. --with-history takes the Lookback API; the table is `Snapshots`, a version a
row, and later runs go on with it.";

#[cfg(feature = "mirror")]
pub(crate) const SQL: &str = "\
Examples:
  rally sql shop.db 'select FormattedID, Name from Defect where Owner_name is null'
  rally sql shop.db 'select \"Schedule State\", count(*) from v_hierarchicalrequirement group by 1'
  rally sql shop.db \"select name from sqlite_master where type = 'view'\"
  rally sql shop.db 'select * from Task' --format csv
  rally sql shop.db 'select Owner_name, sum(ToDo) from Task group by 1' --format svg > todo.svg";

#[cfg(feature = "mirror")]
pub(crate) const EXPORT: &str = "\
Examples:
  rally export shop.db --csv out                  out/Defect.csv, out/Defect_Tags.csv and so on";

pub(crate) const VALUES: &str = "\
Examples:
  rally values Defect Severity
  rally values Story 'Kanban State'
  rally values Defect State --format json";

pub(crate) const SANDBOX: &str = "\
Examples:
  rally sandbox                                   then, in another window, what it prints
  rally sandbox --port 8080 --seed my-data

It serves until ctrl-c or SIGTERM, with a terminal or without (`rally sandbox &`), and then everything written to it is gone.";
