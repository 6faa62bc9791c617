//! What all ways share: clients and tokens in one database, an API that records, a certificate.

use crate::{
    recipe,
    support::{client::Pair, place::Place, server::Starter},
    tls::Tls,
    upstream::Upstream,
    way::{Bodies, Open, Way},
};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
};

/// Everything but the proxies.
pub(crate) struct Scene {
    pub(crate) place: Place,
    pub(crate) client: Pair,
    /// Jane's, for photos.
    pub(crate) token: Pair,
    /// Jane's, for nothing.
    pub(crate) narrow: Pair,
    pub(crate) upstream: Upstream,
    tls: Arc<Tls>,
}

/// What a proxy's configuration is made for.
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    pub(crate) tls: Arc<Tls>,
    pub(crate) countersign: SocketAddr,
    pub(crate) api: SocketAddr,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let place = Place::new();
        place.add_user("jane", "correct horse");
        let callback = ["--callback", "http://localhost/ready"];
        let client = place.add_client(
            &[
                &["--name", "Printer", "--two-legged", "--scope", "photos", "--scope", "prints"],
                &callback[..],
            ]
            .concat(),
        );
        let token = place.issue_token(&client.id, "jane", &["--scope", "photos"], "");
        let narrow = place.issue_token(&client.id, "jane", &["--scope", "prints"], "");
        let tls = Arc::new(Tls::make(place.path()));
        Self { place, client, token, narrow, upstream: Upstream::start(), tls }
    }

    /// Starts Countersign as the way's file says, and the proxy before it.
    pub(crate) fn open<'a>(&self, way: &'a Way) -> Result<Open<'a>, String> {
        let folder = self.place.path().join(way.name.replace(' ', "-"));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let stage = |countersign| Stage {
            folder: folder.clone(),
            tls: Arc::clone(&self.tls),
            countersign,
            api: self.upstream.address,
        };
        let file = folder.join("countersign.toml");
        let unknown = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        fs::write(&file, configuration(way, &stage(unknown))).map_err(|error| error.to_string())?;
        let mut starter = Starter::configured(self.place.command(), &file)
            // A second address, to sign a port that is not the default one.
            .set("COUNTERSIGN_ACCEPTED_ORIGINS", crate::kinds::OTHER_ORIGIN);
        // Every field that a recipe has to hand on.
        starter = starter.set("COUNTERSIGN_IDENTITY_JWT", "EdDSA");
        for (name, value) in way.settings {
            starter = starter.set(name, value);
        }
        let countersign = starter.start();
        let stage = stage(countersign.address);
        let (address, proxies) = match way.start {
            None => (countersign.address, Vec::new()),
            Some(start) => {
                let port = free_port();
                let proxy = start(&stage, port)?;
                let (address, tunnel) = stage.tls.tunnel(&stage.folder, port)?;
                (address, vec![proxy, tunnel])
            }
        };
        Ok(Open { way, address, countersign, _proxies: proxies })
    }
}

/// The recipe's file, with the launch of a tool added as its own recipe says. Where no body is seen, routes that need one
/// are added to see them refused.
fn configuration(way: &Way, stage: &Stage) -> String {
    let mut text =
        recipe::staged(way.countersign, stage, &[]) + "\n" + &recipe::staged("lti.toml", stage, &[]);
    if way.bodies == Bodies::None {
        text += "\n[[route]]\npath = \"/documents\"\n\
                 policy = { token = \"required\", scopes = [\"photos\"], body_hash = \"require\" }\n";
    }
    text
}

/// A port that nobody used a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
