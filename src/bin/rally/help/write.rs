//! Below the flags of commands that write.

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

pub(crate) const ATTACH: &str = "\
Examples:
  rally attach DE12 screen.png server.log
  rally attach DE12 report.pdf --once
  rally query Defect 'State = Fixed' --format ids | rally attach - release-notes.pdf";

pub(crate) const RESULTS: &str = "\
Examples:
  rally results target/junit.xml --build 1.4.2
  rally results reports/*.xml --build \"$BUILD_TAG\" --test-set TS5 --tester @me
  rally results junit.xml --build 7 --map tests.csv --dry-run

A test is of the test case that its name says, as `TC12 pays` or `test_tc12_pays`, else the name of its \
class. A line `test,TC12` of --map, with the test's name or `class.name`, goes before that. Tests of no test \
case are reported on standard error; if all tests are such, the exit code is 3. A test case that is \
not there keeps no other result back; the exit code is then 4. \
Several tests of one test case make one result: the worst verdict (Error, Fail, Pass), their times \
together, and what failed in the notes, shortened; --each sends one for each test. Skipped tests are \
not sent; with --skipped a test case of which nothing else was run is Inconclusive. \
All reports are read, and all test cases found by one query, before the first result is sent. Results \
go a hundred a request. Failed tests do not make this command fail.";
