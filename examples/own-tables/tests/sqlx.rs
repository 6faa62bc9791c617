//! The contract, against the shop's tables with sqlx.

mod shop;

use countersign_store::contract;
use own_tables::with_sqlx::Shop;

async fn new_store() -> Shop {
    Shop(shop::new().await)
}

contract!(new_store);

mod clients {
    use super::{contract, new_store};

    contract!(clients: new_store);
}
