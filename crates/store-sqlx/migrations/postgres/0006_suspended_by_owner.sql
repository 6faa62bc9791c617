-- Who suspended an application: its owner, who may resume it, or an operator.

ALTER TABLE clients ADD COLUMN suspended_by_owner boolean NOT NULL DEFAULT false;
