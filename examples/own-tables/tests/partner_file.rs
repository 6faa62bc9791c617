//! The contract's part about clients, against the file alone; all of it, with a store of the rest; and what the file does.

use countersign_core::ClientId;
use countersign_store::{
    ClientRecord, ClientStatus, ClientStore, MemoryStore, StoreError, StoreErrorKind, WithClients, contract,
};
use own_tables::partner_file::PartnerFile;
use std::{error::Error, fs};

const PARTNERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/partners.toml");

async fn new_list() -> PartnerFile {
    PartnerFile::new(PARTNERS)
}

contract!(clients: new_list);

mod with_the_rest_in_memory {
    use super::*;

    async fn new_store() -> WithClients<PartnerFile, MemoryStore> {
        WithClients::new(new_list().await, MemoryStore::default())
    }

    contract!(new_store);
}

#[tokio::test]
async fn every_field_arrives() {
    let list = new_list().await;
    let printer = find(&list, "client-1").await.unwrap().unwrap();
    assert_eq!(printer.name, "Printer Ltd");
    assert_eq!(printer.callbacks, ["https://printer.example.com/ready"]);
    assert_eq!(printer.scopes, ["photos"]);
    let gone = find(&list, "clients-of-the-past").await.unwrap().unwrap();
    assert_eq!(gone.status, ClientStatus::Suspended);
}

#[tokio::test]
async fn an_edit_counts_from_the_next_lookup_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("partners.toml");
    let write = |text: &str| {
        let new = folder.path().join("new");
        fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).unwrap();
    };
    write(&partner("one"));
    let list = PartnerFile::new(&path);
    assert!(find(&list, "one").await.unwrap().is_some() && find(&list, "two").await.unwrap().is_none());

    write(&[partner("one"), partner("two")].concat());
    assert!(find(&list, "one").await.unwrap().is_some() && find(&list, "two").await.unwrap().is_some());

    write("");
    assert!(find(&list, "one").await.unwrap().is_none() && find(&list, "two").await.unwrap().is_none());
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_an_error_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("partners.toml");
    let list = PartnerFile::new(&path);
    assert_eq!(kind(&list).await, Err(StoreErrorKind::Unavailable), "there is none");

    for (wrong, cause) in [
        (format!("{}colour = 'red'\n", partner("one")), "line 5 is wrong"),
        ("[[partner]]\nid = 'one'\nname = 'One'\nsecret = 'unending\n".into(), "line 4 is wrong"),
        ("[[partner]]\nid = 'one'\nname = 'One'\nsecret = 4711\n".into(), "line 4 is wrong"),
        (partner("one").replace("'one'", "''"), "an identifier"),
        ([partner("one"), partner("one")].concat(), "one is there twice"),
    ] {
        fs::write(&path, wrong).unwrap();
        let error = find(&list, "one").await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        let said = error.source().unwrap().to_string();
        assert!(said.contains(cause) && !said.contains("4711") && !said.contains("unending"), "{said}");
        assert_eq!(kind(&list).await, Err(StoreErrorKind::Corrupt), "again, and not what was there before");
    }

    fs::write(&path, partner("one")).unwrap();
    assert_eq!(kind(&list).await, Ok(true));
    fs::remove_file(&path).unwrap();
    assert_eq!(kind(&list).await, Err(StoreErrorKind::Unavailable), "it is gone");
}

fn partner(id: &str) -> String {
    format!("[[partner]]\nid = '{id}'\nname = 'A partner'\nsecret = 'sesame'\n")
}

async fn find(list: &PartnerFile, id: &str) -> Result<Option<ClientRecord>, StoreError> {
    list.client(&ClientId::new(id).unwrap()).await
}

async fn kind(list: &PartnerFile) -> Result<bool, StoreErrorKind> {
    find(list, "one").await.map(|found| found.is_some()).map_err(|error| error.kind())
}
