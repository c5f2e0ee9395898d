//! Who has which location, by TaskRouter's list of workers.

use std::{collections::BTreeMap, time::Duration};

use crate::twilio::{Client, Error, taskrouter::CurrentLocation};

/// The longest that somebody who wants to see a difference waits for the count.
const LONGEST: Duration = Duration::from_mins(1);

/// How many workers have each of these as their `flex_location`, byte for byte; or why that is
/// not known. Reads every worker of the account's Flex workspace, page by page.
pub(super) async fn count(
    client: &Client,
    names: &[String],
) -> Result<BTreeMap<String, u64>, String> {
    match tokio::time::timeout(LONGEST, read(client, names)).await {
        Ok(Ok(Some(counts))) => Ok(counts),
        // A count that may be too small would be worse than none.
        Ok(Ok(None)) => Err("TaskRouter leaves the workers' attributes out of its list".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("TaskRouter's list takes longer than a minute".to_owned()),
    }
}

/// `None` when a worker's attributes are left out.
async fn read(client: &Client, names: &[String]) -> Result<Option<BTreeMap<String, u64>>, Error> {
    let mut counts: BTreeMap<String, u64> = names.iter().map(|name| (name.clone(), 0)).collect();
    let mut pages = client.flex_workspace().await?.workers();
    while let Some(page) = pages.next().await? {
        for worker in page {
            let Some(attributes) = worker.attributes else {
                return Ok(None);
            };
            if let CurrentLocation::Named(name) = attributes.location()
                && let Some(count) = counts.get_mut(&name)
            {
                *count += 1;
            }
        }
    }
    Ok(Some(counts))
}
