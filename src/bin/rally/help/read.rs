//! Below the flags of commands that read.

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
Broadcom's servers. cfd, burndown, burnup and scope read only what was valid within their days; the
other measures read whole histories, whatever the dates: an item may have begun before them, and
may have been reopened after them. snapshots writes what the measures are made of, an object a
line; --file reads it again, without a server or an API key.

Items count while they are in the project. Times in a state that is entered again are added up, and
an item that left the last state again is not done. An item that skips a state, or is created in a
later one, enters it at that moment: its time there is 0. Time is plain time in the zone of the
workspace unless --hours, --days or --holidays say what is worked. A row of cfd, burndown or burnup
is dated by the first day of its week or month, and is the state at its end.

Tables of times give what 50, 85 and 95 of a hundred items took at most; csv and json give each
item, in hours.

--file shop.db measures the history that `rally mirror shop.db --with-history` keeps: its projects,
up to its last run. Nothing is sent.";

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
