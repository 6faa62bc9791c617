//! The application's entities of `shop.sql`, as it has them. A model's `Debug` shows its secrets: log none.

pub mod prelude {
    pub use super::{
        app_grant::Entity as AppGrant, app_request::Entity as AppRequest, partner::Entity as Partner,
        used_nonce::Entity as UsedNonce,
    };
}

pub mod partner {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partners")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub partner_no: i64,
        #[sea_orm(unique)]
        pub api_key: String,
        pub api_secret: String,
        pub company: String,
        pub return_url: Option<String>,
        pub areas: String,
        pub joined_at: i64,
        pub blocked_at: Option<i64>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod app_grant {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "app_grants")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub grant_key: String,
        pub grant_secret: String,
        pub partner_key: String,
        pub customer: String,
        pub areas: String,
        pub granted_at: i64,
        pub ends_at: Option<i64>,
        pub withdrawn_at: Option<i64>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod app_request {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "app_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_key: String,
        pub request_secret: String,
        pub partner_key: String,
        pub return_url: String,
        pub areas: String,
        pub ends_at: i64,
        pub customer: Option<String>,
        pub code_hash: Option<Vec<u8>>,
        pub declined: bool,
        pub wrong_codes: u32,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod used_nonce {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "used_nonces")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub partner_key: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub grant_key: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub stamp: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub nonce: String,
        pub keep_until: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
