//! The demo company, with the real bridge in the middle: everybody's login ends as it must.

use std::sync::Arc;

use flexbridge::{
    clock::{SystemClock, SystemRandom},
    demo::{Company, Options, idp::PEOPLE, story},
};

#[tokio::test(flavor = "multi_thread")]
async fn everybody_ends_where_they_belong() {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let company = Company::start(Options::default(), clock, random)
        .await
        .unwrap();
    for person in PEOPLE {
        let arrival = company.sign_in(person).await.unwrap();
        assert!(arrival.holds(), "{}", story(&arrival));
    }
    // A second time too: the worker is there already.
    let arrival = company.sign_in(PEOPLE[0]).await.unwrap();
    assert!(arrival.holds(), "{}", story(&arrival));
    company.stop().await.unwrap();
}
