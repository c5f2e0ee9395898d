//! Rows as a spreadsheet wrote them: comma-separated with a header, quoted as RFC 4180 says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest table that is read, in bytes.
pub const LARGEST_TABLE: usize = 32 * 1024 * 1024;

/// More rows than any workspace has workers.
pub const MOST_ROWS: usize = 250_000;

/// The column that says which worker.
pub(super) const WORKER: &str = "worker";

/// The column that says which location.
const LOCATION: &str = "flex_location";

/// One row of what is to be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Which worker: its SID, friendly name or e-mail address.
    pub worker: String,
    /// The name of a location, byte for byte, or empty to clear it.
    pub location: String,
}

/// A row that can't be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BadRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The worker as written.
    pub worker: String,
    /// What is wrong.
    pub problem: String,
    /// How to mend it.
    pub mend: String,
}

/// The table as a whole can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct TableProblem {
    /// What is wrong, with its line where there is one.
    pub problem: String,
    /// How to mend it.
    pub mend: &'static str,
}

impl TableProblem {
    pub(super) fn new(problem: impl Into<String>, mend: &'static str) -> Self {
        Self {
            problem: problem.into(),
            mend,
        }
    }
}

/// A table with its header: what both kinds of table share.
pub(super) struct Table<'a> {
    pub(super) header: csv::StringRecord,
    records: csv::StringRecordsIntoIter<&'a [u8]>,
    lines: Lines<'a>,
    read: usize,
}

/// One line of a table, with its number.
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) fields: csv::StringRecord,
}

impl<'a> Table<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, TableProblem> {
        if bytes.len() > LARGEST_TABLE {
            let problem = format!("the table is larger than {LARGEST_TABLE} bytes");
            return Err(TableProblem::new(problem, "divide it into several"));
        }
        // Spreadsheets write a byte order mark before UTF-8.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator(bytes))
            .from_reader(bytes);
        let header = reader
            .headers()
            .map_err(|error| unreadable(&error, &mut Lines::new(bytes)))?;
        let header = header.iter().map(|name| name.trim().to_owned()).collect();
        Ok(Self {
            header,
            records: reader.into_records(),
            lines: Lines::new(bytes),
            read: 0,
        })
    }

    /// Where the column of this name is.
    pub(super) fn column(&self, name: &str) -> Result<usize, TableProblem> {
        let mut places = (0..self.header.len()).filter(|&place| &self.header[place] == name);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (None, _) => Err(TableProblem::new(
                format!("line 1: there is no column `{name}`"),
                "begin the file with a line that names the columns, such as: worker,flex_location",
            )),
            (Some(_), Some(_)) => Err(TableProblem::new(
                format!("line 1: there are several columns `{name}`"),
                "leave one of them, or give the others another name",
            )),
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Record>, TableProblem> {
        let Some(fields) = self.records.next() else {
            return Ok(None);
        };
        let fields = fields.map_err(|error| unreadable(&error, &mut self.lines))?;
        self.read += 1;
        if self.read > MOST_ROWS {
            let problem = format!("the table has more than {MOST_ROWS} rows");
            return Err(TableProblem::new(problem, "divide it into several"));
        }
        let line = fields.position().map_or(0, |at| self.lines.at(at.byte()));
        Ok(Some(Record { line, fields }))
    }
}

/// Which line a place is in. The reader's own count is one too low behind `\r\n`.
struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            counted: 0,
            line: 1,
        }
    }

    /// The line, from 1, of what begins at this byte or behind the line breaks there. Places only go forward.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(&next) = self.bytes.get(self.counted) {
            if self.counted >= byte && !matches!(next, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(next == b'\n');
            self.counted += 1;
        }
        self.line
    }
}

/// A semicolon where the header has one and no comma, as in spreadsheets of half of Europe.
fn separator(bytes: &[u8]) -> u8 {
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
    if header.contains(&b';') && !header.contains(&b',') {
        b';'
    } else {
        b','
    }
}

fn unreadable(error: &csv::Error, lines: &mut Lines<'_>) -> TableProblem {
    let line = error.position().map_or(1, |at| lines.at(at.byte()));
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => TableProblem::new(
            format!("line {line}: this is not UTF-8"),
            "save the table as CSV UTF-8",
        ),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => TableProblem::new(
            format!("line {line}: it has {len} fields, and the header has {expected_len}"),
            "put a name with a comma in double quotes, such as \"Austin, TX\"",
        ),
        _ => TableProblem::new(
            format!("line {line}: this is no CSV"),
            "write one row a line, the fields separated by commas and quoted by double quotes",
        ),
    }
}

/// Reads the rows of a table with the columns `worker` and `flex_location`; others are left alone.
///
/// # Errors
/// [`TableProblem`].
pub fn read_rows(bytes: &[u8]) -> Result<Vec<Row>, TableProblem> {
    let mut table = Table::open(bytes)?;
    let (worker, location) = (table.column(WORKER)?, table.column(LOCATION)?);
    let mut rows = Vec::new();
    while let Some(Record { line, fields }) = table.next()? {
        rows.push(Row {
            line,
            worker: fields[worker].trim().to_owned(),
            // A name is never trimmed: it is compared byte for byte.
            location: fields[location].to_owned(),
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u64, worker: &str, location: &str) -> Row {
        Row {
            line,
            worker: worker.to_owned(),
            location: location.to_owned(),
        }
    }

    #[test]
    fn reads_what_spreadsheets_write() {
        for table in [
            "worker,flex_location\nann,\"Austin, TX\"\n\"b \"\"o\"\" b\",\n\"東\n京\", A \n",
            "\u{feff}worker,flex_location\r\nann,\"Austin, TX\"\r\n\"b \"\"o\"\" b\",\r\n\"東\n京\", A ",
            "flex_location;note;worker\n\"Austin, TX\";x;ann\n;;\" b \"\"o\"\" b \"\n A ;y;\"東\n京\"",
        ] {
            assert_eq!(
                read_rows(table.as_bytes()).unwrap(),
                [
                    row(2, "ann", "Austin, TX"),
                    row(3, "b \"o\" b", ""),
                    row(4, "東\n京", " A "),
                ],
                "{table}"
            );
        }
        assert_eq!(read_rows(b"worker,flex_location\n").unwrap(), []);
    }

    #[test]
    fn what_is_no_such_table_is_told_with_its_line() {
        for (table, problem) in [
            (&b""[..], "line 1: there is no column `worker`"),
            (b"ann,A\n", "line 1: there is no column `worker`"),
            (
                b"worker\nann\n",
                "line 1: there is no column `flex_location`",
            ),
            (
                b"worker,flex_location,worker\n",
                "line 1: there are several columns `worker`",
            ),
            (
                b"worker,flex_location\nann,Austin, TX\n",
                "line 2: it has 3 fields, and the header has 2",
            ),
            (
                b"worker,flex_location\na,\xe9\n",
                "line 2: this is not UTF-8",
            ),
        ] {
            let told = read_rows(table).unwrap_err();
            assert_eq!(told.problem, problem);
            assert!(!told.mend.is_empty());
        }
        let large = vec![b'x'; LARGEST_TABLE + 1];
        assert!(read_rows(&large).unwrap_err().problem.contains("larger"));
        let mut many = b"worker,flex_location\n".to_vec();
        many.extend(b"a,b\n".repeat(MOST_ROWS + 1));
        assert!(read_rows(&many).unwrap_err().problem.contains("more than"));
    }
}
