-- Who suspended an application: its owner, who may resume it, or an operator.

ALTER TABLE clients ADD COLUMN suspended_by_owner INTEGER NOT NULL DEFAULT 0;
