//! The tables of `journal.db`, step by step as they came to be.

/// Each question has an index whose order is the answer's order, so the cost of
/// the newest hundred is the same among ten logins and ten million.
pub(super) const LOGINS: &str = "
    CREATE TABLE login (
        id          INTEGER NOT NULL PRIMARY KEY,
        at          INTEGER NOT NULL,                -- microseconds since 1970, UTC
        reference   TEXT    NOT NULL,
        idp         TEXT,
        flex        TEXT,
        outcome     TEXT    NOT NULL,
        code        TEXT,
        location    TEXT,
        no_match    TEXT,
        rule        INTEGER,
        duration_us INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX login_by_at        ON login (at);
    CREATE INDEX login_by_reference ON login (reference);
    CREATE INDEX login_by_flex      ON login (flex, at);
    CREATE INDEX login_by_flex_end  ON login (flex, outcome, at);
    CREATE INDEX login_by_idp       ON login (idp, at);
    CREATE INDEX login_by_outcome   ON login (outcome, at);
    CREATE INDEX login_by_code      ON login (code, at) WHERE code IS NOT NULL;
    CREATE INDEX login_by_no_match  ON login (at) WHERE no_match IS NOT NULL;
";

/// Who signed in, and what was read of them. Most people of a place read alike, so what was
/// read stands once, and logins refer to it. A tally counts the logins of a day that were
/// decided alike: coverage adds up thousands of those instead of millions of logins.
pub(super) const READINGS: &str = "
    CREATE TABLE reading (
        id    INTEGER NOT NULL PRIMARY KEY,
        facts TEXT    NOT NULL UNIQUE                -- JSON
    ) STRICT;
    CREATE TABLE reading_value (
        value   TEXT    NOT NULL,                    -- folded, or the hash of that
        reading INTEGER NOT NULL,
        PRIMARY KEY (value, reading)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reading_value_by_reading ON reading_value (reading);
    ALTER TABLE login ADD COLUMN agent   TEXT;
    ALTER TABLE login ADD COLUMN reading INTEGER;
    CREATE INDEX login_by_agent    ON login (agent, at)    WHERE agent IS NOT NULL;
    CREATE INDEX login_by_reading  ON login (reading, at)  WHERE reading IS NOT NULL;
    CREATE INDEX login_by_location ON login (location, at) WHERE location IS NOT NULL;

    CREATE TABLE tally (
        day      INTEGER NOT NULL,                   -- since 1970, UTC
        flex     TEXT    NOT NULL,
        idp      TEXT    NOT NULL,
        reading  INTEGER NOT NULL,                   -- 0: not known
        code     TEXT    NOT NULL,                   -- '': accepted
        location TEXT    NOT NULL,                   -- '=NAME', '=' when cleared, '' when left out
        no_match TEXT    NOT NULL,                   -- '': something matched
        rule     INTEGER NOT NULL,                   -- 0: none
        count    INTEGER NOT NULL,
        last     INTEGER NOT NULL,                   -- as login.at
        PRIMARY KEY (day, flex, idp, reading, code, location, no_match, rule)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX tally_by_reading ON tally (reading);
    INSERT INTO tally
        SELECT at / 86400000000, flex, coalesce(idp, ''), 0, coalesce(code, ''),
               coalesce('=' || location, ''), coalesce(no_match, ''), coalesce(rule, 0),
               count(*), max(at)
        FROM login WHERE flex IS NOT NULL
        GROUP BY 1, 2, 3, 5, 6, 7, 8;
";
