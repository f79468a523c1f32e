BEGIN TRANSACTION;
CREATE TABLE analyses (
	run_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	conditions TEXT NOT NULL, 
	result TEXT NOT NULL, 
	CONSTRAINT pk_analyses PRIMARY KEY (run_id, name), 
	CONSTRAINT fk_analyses_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "analyses" VALUES(7,'shift','30a9ef2abfc8d5c5','{"name":"shift","version":1,"package":"0.1.0","settings":{"images":100,"seed":0,"shifts":[1,2]},"dataset":"cifar10","data_digest":"0123456789abcdef","num_images":100,"num_forward":900,"seconds":1.5,"device":"cpu","made_at":"2026-12-01T05:00:00Z","values":{"shift_consistency":{"value":0.75,"n":800,"low":0.72,"high":0.78}},"charts":[{"key":"shift","title":"Moved images","x_label":"pixels","y_label":"share that stays (%)","kind":"lines","percent":true,"lines":[{"label":"network","x":[1.0,2.0],"y":[0.8,0.7],"low":[0.77,0.67],"high":[0.83,0.73],"kind":"network"}],"grid":[],"extent":null}],"listings":[],"arrays_file":null,"notes":["a note"]}');
CREATE TABLE attempts (
	run_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	first_epoch INTEGER, 
	last_sequence INTEGER NOT NULL, 
	status TEXT, 
	reason TEXT, 
	host TEXT, 
	boot_id TEXT, 
	pid_namespace BIGINT, 
	pid INTEGER, 
	process_started BIGINT, 
	device_name TEXT, 
	num_devices INTEGER, 
	command TEXT, 
	git_commit TEXT, 
	git_dirty BOOLEAN, data_digest TEXT, first_step BIGINT, 
	CONSTRAINT pk_attempts PRIMARY KEY (run_id, number), 
	CONSTRAINT ck_attempts_number CHECK (number >= 1), 
	CONSTRAINT ck_attempts_first_epoch CHECK (first_epoch >= 1), 
	CONSTRAINT ck_attempts_status CHECK (status IN ('queued', 'running', 'finished', 'failed', 'killed', 'crashed')), 
	CONSTRAINT fk_attempts_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES(1,1,'2026-11-21 01:55:41.021297','2026-11-21 01:55:41.032884',NULL,0,NULL,NULL,'here',NULL,NULL,NULL,NULL,'a processor',1,'expdb run --dataset digits','0000000000000000000000000000000000000000',1,NULL,NULL);
INSERT INTO "attempts" VALUES(2,1,'2026-11-21 01:55:41.034809','2026-11-21 01:55:41.037094',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(7,1,'2026-11-21 02:57:32.690169','2026-11-21 02:57:32.704351',1,0,NULL,NULL,'here',NULL,NULL,4711,NULL,'a processor',1,'expdb run --model vit_mini','1111111111111111111111111111111111111111',0,NULL,NULL);
INSERT INTO "attempts" VALUES(7,2,'2026-11-21 02:57:32.706060',NULL,2,0,NULL,NULL,'there',NULL,NULL,4711,NULL,'another',1,'expdb resume resumed','2222222222222222222222222222222222222222',1,'00112233445566aa',NULL);
INSERT INTO "attempts" VALUES(1,2,'2026-11-21 01:55:41.021297','2026-11-21 01:55:41.032884',1,4,'killed','terminated','a-machine','0b3f4c1c-55a4-4a83-a7a1-6d3a4a0b5a11',4026531836,4242,123456,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(11,1,'2026-12-01 01:12:04.904420','2026-12-01 01:12:04.924106',1,3,'killed','terminated',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,40);
INSERT INTO "attempts" VALUES(11,2,'2026-12-01 01:12:04.926865','2026-12-01 01:12:04.942578',2,2,'finished',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,20);
CREATE TABLE claims (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" TEXT NOT NULL, 
	sentence TEXT NOT NULL, 
	source TEXT NOT NULL, 
	status TEXT NOT NULL, 
	tested_by TEXT, 
	known TEXT, 
	test_json TEXT, small_json TEXT, 
	CONSTRAINT ck_claims_status CHECK (status IN ('untested', 'supported', 'contradicted', 'confounded', 'not testable')), 
	CONSTRAINT uq_claims_key UNIQUE ("key")
);
INSERT INTO "claims" VALUES(1,'K9','Augmentation gives 1-2 %.','the report, conclusions','confounded','one factor, seeds','the table says +2.57','{"metric":"top1","a":"aug = standard","b":"aug = autoaugment","at_least":0.01,"at_most":0.02}',NULL);
INSERT INTO "claims" VALUES(2,'K4','Compound scaling.','000','untested',NULL,NULL,NULL,NULL);
INSERT INTO "claims" VALUES(3,'K18','A CNN is invariant to translation.','004','untested',NULL,NULL,NULL,'[{"says":"answers stay","metric":"shift_consistency","a":"model = vit_mini","b":"model = resnet20","smallest":0.02}]');
CREATE TABLE databases (
	uuid TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	artifact_root TEXT, 
	merged_at DATETIME, 
	label TEXT, 
	CONSTRAINT pk_databases PRIMARY KEY (uuid)
);
INSERT INTO "databases" VALUES('5a0c4f7e-3a5d-4a53-9e44-5e8b1c0d2f10','2026-11-30 12:00:00.000000','/data/expdb',NULL,NULL);
INSERT INTO "databases" VALUES('c2b8a9d4-0f3b-47b1-8d0e-2b6f5a7e9c33','2026-11-01 08:00:00.000000',NULL,'2026-11-30 12:30:00.000000','theirs.db');
CREATE TABLE epochs (
	run_id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	superseded_by INTEGER, 
	train_loss DOUBLE, 
	test_loss DOUBLE, 
	top1 DOUBLE, 
	top5 DOUBLE, 
	val_loss DOUBLE, 
	val_top1 DOUBLE, 
	lr DOUBLE NOT NULL, 
	train_seconds DOUBLE NOT NULL, 
	eval_seconds DOUBLE NOT NULL, 
	images_per_second DOUBLE NOT NULL, 
	peak_memory_bytes BIGINT, 
	cpu_seconds DOUBLE, 
	cpu_wait_seconds DOUBLE, 
	CONSTRAINT pk_epochs PRIMARY KEY (run_id, epoch, attempt), 
	CONSTRAINT ck_epochs_epoch CHECK (epoch >= 1), 
	CONSTRAINT ck_epochs_attempt CHECK (attempt >= 1), 
	CONSTRAINT ck_epochs_top1 CHECK (top1 BETWEEN 0 AND 1), 
	CONSTRAINT ck_epochs_top5 CHECK (top5 BETWEEN 0 AND 1), 
	CONSTRAINT ck_epochs_val_top1 CHECK (val_top1 BETWEEN 0 AND 1), 
	CONSTRAINT fk_epochs_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "epochs" VALUES(1,1,1,2,1.5,1.25,0.5,0.9,0.5,0.55,0.1,2.0,0.5,700.0,8589934592,6.25,0.125);
INSERT INTO "epochs" VALUES(1,2,1,2,1.5,1.25,0.9,0.9,0.5,0.95,0.1,2.0,0.5,700.0,8589934592,6.25,0.125);
INSERT INTO "epochs" VALUES(1,3,1,2,1.5,1.25,0.91,0.9,0.5,0.94,0.1,2.0,0.5,700.0,8589934592,6.25,0.125);
INSERT INTO "epochs" VALUES(2,1,1,NULL,NULL,1.25,0.5,0.9,NULL,NULL,0.1,2.0,0.5,700.0,8589934592,NULL,NULL);
INSERT INTO "epochs" VALUES(7,1,1,NULL,1.5,1.25,0.5,0.9,NULL,NULL,0.1,2.0,0.5,700.0,8589934592,NULL,NULL);
INSERT INTO "epochs" VALUES(7,2,2,NULL,1.5,1.25,0.5,0.9,NULL,NULL,0.1,2.0,0.5,700.0,8589934592,NULL,NULL);
INSERT INTO "epochs" VALUES(7,3,2,NULL,1.5,1.25,0.5,0.9,NULL,NULL,0.1,2.0,0.5,700.0,8589934592,NULL,NULL);
INSERT INTO "epochs" VALUES(1,1,2,NULL,1.5,1.25,0.5,0.9,0.5,0.55,0.1,2.0,0.5,700.0,8589934592,6.25,0.125);
INSERT INTO "epochs" VALUES(1,2,2,NULL,1.5,NULL,NULL,NULL,0.5,0.55,0.1,2.0,0.5,700.0,8589934592,6.25,0.125);
CREATE TABLE expdb_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT expdb_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "expdb_version" VALUES('0009');
CREATE TABLE merged_runs (
	database_uuid TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	CONSTRAINT pk_merged_runs PRIMARY KEY (database_uuid, number), 
	CONSTRAINT fk_merged_runs_database_uuid_databases FOREIGN KEY(database_uuid) REFERENCES databases (uuid) ON DELETE CASCADE, 
	CONSTRAINT fk_merged_runs_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "merged_runs" VALUES('c2b8a9d4-0f3b-47b1-8d0e-2b6f5a7e9c33',7,1);
CREATE TABLE metric_summaries (
	run_id INTEGER NOT NULL, 
	metric_id INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	num_special INTEGER NOT NULL, 
	last DOUBLE, 
	least DOUBLE, 
	greatest DOUBLE, 
	last_special TEXT, 
	axis INTEGER, 
	last_epoch INTEGER, 
	least_epoch INTEGER, 
	greatest_epoch INTEGER, 
	last_place BIGINT, 
	least_place BIGINT, 
	greatest_place BIGINT, 
	CONSTRAINT pk_metric_summaries PRIMARY KEY (run_id, metric_id), 
	CONSTRAINT fk_metric_summaries_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE, 
	CONSTRAINT fk_metric_summaries_metric_id_metrics FOREIGN KEY(metric_id) REFERENCES metrics (id)
)
 WITHOUT ROWID

;
INSERT INTO "metric_summaries" VALUES(7,4,1,0,0.125,0.125,0.125,NULL,0,1,1,1,1,1,1);
INSERT INTO "metric_summaries" VALUES(7,5,1,0,0.75,0.75,0.75,NULL,0,2,2,2,2,2,2);
INSERT INTO "metric_summaries" VALUES(11,1,2,0,0.375,0.25,0.375,NULL,0,2,1,2,2,1,2);
INSERT INTO "metric_summaries" VALUES(11,2,2,0,0.75,0.75,1.5,NULL,0,2,2,1,2,2,1);
INSERT INTO "metric_summaries" VALUES(11,3,1,0,2.0,2.0,2.0,NULL,1,2,2,2,20,20,20);
CREATE TABLE metrics (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	split TEXT, 
	higher_is_better BOOLEAN, 
	heading TEXT NOT NULL, 
	CONSTRAINT pk_metrics PRIMARY KEY (id), 
	CONSTRAINT ck_metrics_unit CHECK (unit IN ('fraction', 'points', 'count', 'seconds', 'bytes', 'none')), 
	CONSTRAINT ck_metrics_split CHECK (split IN ('test', 'val', 'train', 'unstated')), 
	CONSTRAINT uq_metrics_name UNIQUE (name)
);
INSERT INTO "metrics" VALUES(1,'test/miou','fraction','test',1,'mIoU');
INSERT INTO "metrics" VALUES(2,'train_loss','none','train',0,'Train loss');
INSERT INTO "metrics" VALUES(3,'grad_norm','none','unstated',NULL,'');
INSERT INTO "metrics" VALUES(4,'calibration','none','unstated',NULL,'');
INSERT INTO "metrics" VALUES(5,'shift_consistency','fraction','test',1,'Shift consistency (%)');
CREATE TABLE papers (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	title TEXT NOT NULL, 
	venue TEXT, 
	year INTEGER, 
	week TEXT, 
	position INTEGER, 
	link TEXT, 
	note TEXT, 
	tags JSON NOT NULL, 
	CONSTRAINT uq_papers_title UNIQUE (title)
);
INSERT INTO "papers" VALUES(1,'Deep Residual Learning for Image Recognition','CVPR',2016,'5 & 6',1,'https://arxiv.org/abs/1512.03385','스킵 연결','["resnet50"]');
INSERT INTO "papers" VALUES(2,'A paper without a place',NULL,NULL,NULL,NULL,NULL,NULL,'[]');
CREATE TABLE points (
	run_id INTEGER NOT NULL, 
	metric_id INTEGER NOT NULL, 
	axis SMALLINT NOT NULL, 
	place BIGINT NOT NULL, 
	attempt INTEGER NOT NULL, 
	epoch INTEGER, 
	superseded_by INTEGER, 
	value DOUBLE, 
	special TEXT, 
	CONSTRAINT pk_points PRIMARY KEY (run_id, metric_id, axis, place, attempt), 
	CONSTRAINT ck_points_axis CHECK (axis IN (0, 1)), 
	CONSTRAINT ck_points_special CHECK (special IN ('nan', 'inf', '-inf')), 
	CONSTRAINT fk_points_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE, 
	CONSTRAINT fk_points_metric_id_metrics FOREIGN KEY(metric_id) REFERENCES metrics (id)
)
 WITHOUT ROWID

;
INSERT INTO "points" VALUES(7,4,0,1,2,1,NULL,0.125,NULL);
INSERT INTO "points" VALUES(7,5,0,2,2,2,NULL,0.75,NULL);
INSERT INTO "points" VALUES(11,1,0,1,1,1,NULL,0.25,NULL);
INSERT INTO "points" VALUES(11,1,0,2,1,2,2,0.5,NULL);
INSERT INTO "points" VALUES(11,1,0,2,2,2,NULL,0.375,NULL);
INSERT INTO "points" VALUES(11,2,0,1,1,1,NULL,1.5,NULL);
INSERT INTO "points" VALUES(11,2,0,2,1,2,2,NULL,'nan');
INSERT INTO "points" VALUES(11,2,0,2,2,2,NULL,0.75,NULL);
INSERT INTO "points" VALUES(11,3,1,20,2,2,NULL,2.0,NULL);
INSERT INTO "points" VALUES(11,3,1,40,1,2,2,NULL,'inf');
CREATE TABLE reported_changes (
	run_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	changed_at DATETIME NOT NULL, 
	old_values JSON NOT NULL, 
	new_values JSON NOT NULL, 
	source TEXT NOT NULL, 
	CONSTRAINT pk_reported_changes PRIMARY KEY (run_id, number), 
	CONSTRAINT ck_reported_changes_number CHECK (number >= 1), 
	CONSTRAINT fk_reported_changes_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "reported_changes" VALUES(9,1,'2026-11-30 11:41:47.580572','{"top1": 0.821}','{"top1": 0.824}','A study, table “Results”, row 2 (line 8)');
CREATE TABLE run_tags (
	run_id INTEGER NOT NULL, 
	tag TEXT NOT NULL, 
	CONSTRAINT pk_run_tags PRIMARY KEY (run_id, tag), 
	CONSTRAINT fk_run_tags_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "run_tags" VALUES(1,'best');
INSERT INTO "run_tags" VALUES(1,'mini');
INSERT INTO "run_tags" VALUES(11,'segmentation');
CREATE TABLE runs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT, 
	status TEXT NOT NULL, 
	reason TEXT, 
	kind TEXT NOT NULL, 
	"group" TEXT, 
	note TEXT, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	ended_at DATETIME, 
	heartbeat_at DATETIME, 
	removed_at DATETIME, 
	spec_json TEXT, 
	digest TEXT, 
	group_digest TEXT, 
	dataset TEXT NOT NULL, 
	num_classes INTEGER, 
	img_size INTEGER, 
	normalize TEXT, 
	val_fraction DOUBLE, 
	model TEXT NOT NULL, 
	arch TEXT, 
	stem TEXT, 
	aug TEXT, 
	crop TEXT, 
	crop_padding INTEGER, 
	hflip_prob DOUBLE, 
	policy TEXT, 
	autoaugment_policy TEXT, 
	randaugment_num_ops INTEGER, 
	randaugment_magnitude INTEGER, 
	color_jitter DOUBLE, 
	random_erasing_prob DOUBLE, 
	mixup_alpha DOUBLE, 
	cutmix_alpha DOUBLE, 
	label_smoothing DOUBLE, 
	optimizer TEXT, 
	lr DOUBLE, 
	momentum DOUBLE, 
	weight_decay DOUBLE, 
	schedule TEXT, 
	warmup_epochs DOUBLE, 
	warmup_lr DOUBLE, 
	decay_rate DOUBLE, 
	epochs INTEGER, 
	batch_size INTEGER, 
	batch_size_per_device INTEGER, 
	seed INTEGER, 
	precision TEXT, 
	num_devices INTEGER, 
	parallel TEXT, 
	num_params BIGINT, 
	num_trainable_params BIGINT, 
	macs BIGINT, 
	num_train_images INTEGER, 
	num_val_images INTEGER, 
	num_test_images INTEGER, 
	epochs_done INTEGER NOT NULL, 
	train_loss DOUBLE, 
	test_loss DOUBLE, 
	top1 DOUBLE, 
	top5 DOUBLE, 
	val_top1 DOUBLE, 
	best_top1 DOUBLE, 
	best_epoch INTEGER, 
	best_by TEXT, 
	train_seconds DOUBLE, 
	eval_seconds DOUBLE, 
	wall_seconds DOUBLE, 
	images_per_second DOUBLE, 
	peak_memory_bytes BIGINT, 
	device TEXT, 
	device_name TEXT, 
	driver TEXT, 
	num_threads INTEGER, 
	command TEXT, 
	git_commit TEXT, 
	git_dirty BOOLEAN, 
	git_diff TEXT, 
	host TEXT, 
	user TEXT, 
	python_version TEXT, 
	packages JSON NOT NULL, 
	error_type TEXT, 
	error_message TEXT, 
	traceback TEXT, 
	source TEXT, 
	quote JSON NOT NULL, 
	settings JSON NOT NULL, 
	unparsed JSON NOT NULL, 
	extends_another BOOLEAN NOT NULL, 
	artifact_dir TEXT, 
	weights_file TEXT, 
	predictions_file TEXT, drop_path DOUBLE, crop_min_scale DOUBLE, clip_grad_norm DOUBLE, min_lr DOUBLE, ema_decay DOUBLE, init_from INTEGER, cutout_size INTEGER, teacher INTEGER, grad_accumulation INTEGER, pretrained BOOLEAN, sync_bn BOOLEAN, timm_policy TEXT, milestones TEXT, progressive TEXT, data_digest TEXT, metrics JSON, document TEXT, row_key TEXT, uuid TEXT, attempt INTEGER, eval_every INTEGER, test_limit INTEGER, eval_crop DOUBLE, cpu_seconds DOUBLE, cpu_wait_seconds DOUBLE, background TEXT, code_digest TEXT, pretrained_tag TEXT, pretrained_digest TEXT, earlier_data_digest TEXT, picture_counts JSON, 
	CONSTRAINT ck_runs_status CHECK (status IN ('queued', 'running', 'finished', 'failed', 'killed', 'crashed')), 
	CONSTRAINT ck_runs_kind CHECK (kind IN ('measured', 'tracked', 'reported')), 
	CONSTRAINT ck_runs_best_by CHECK (best_by IN ('val', 'test')), 
	CONSTRAINT ck_runs_top1 CHECK (top1 BETWEEN 0 AND 1), 
	CONSTRAINT ck_runs_top5 CHECK (top5 BETWEEN 0 AND 1), 
	CONSTRAINT ck_runs_val_top1 CHECK (val_top1 BETWEEN 0 AND 1), 
	CONSTRAINT ck_runs_best_top1 CHECK (best_top1 BETWEEN 0 AND 1), 
	CONSTRAINT uq_runs_name UNIQUE (name)
);
INSERT INTO "runs" VALUES(1,'first','finished',NULL,'measured','digits','a note
of two lines','2026-11-21 01:55:41.018225','2026-11-21 01:55:41.021297','2026-11-21 01:55:41.032884','2026-11-21 01:55:41.031671',NULL,'{"amp":true,"aug":{"autoaugment_policy":null,"color_jitter":0.0,"crop":"pad","crop_padding":2,"cutmix_alpha":0.0,"hflip_prob":0.0,"label_smoothing":0.0,"mixup_alpha":0.0,"policy":"none","preset":"standard","randaugment_magnitude":null,"randaugment_num_ops":null,"random_erasing_prob":0.0},"batch_size":128,"compile":false,"data":{"channels":1,"dataset":"digits","img_size":16,"limit":null,"normalize":"dataset","num_classes":10,"val_fraction":0.1},"device":"auto","epochs":3,"gpus":1,"model":{"arch":"test_resnet","kwargs":{},"name":"resnet_mini","stem":"cifar"},"optim":{"lr":0.1,"momentum":0.9,"name":"sgd","nesterov":true,"weight_decay":0.0005},"schedule":{"decay_epochs":null,"decay_rate":null,"min_lr":0.0,"name":"cosine","warmup_epochs":0.0,"warmup_lr":0.0},"seed":0,"version":1}','20ea89df819027cf','3befc7f4491442a2','digits',10,16,'dataset',0.1,'resnet_mini','test_resnet','cifar','standard','pad',2,0.0,'none',NULL,NULL,NULL,0.0,0.0,0.0,0.0,0.0,'sgd',0.1,0.9,0.0005,'cosine',0.0,0.0,NULL,3,128,128,0,'fp32',1,NULL,467474,467474,9876543,1437,0,360,3,1.5,1.25,0.91,0.9,0.94,0.9,2,'val',6.0,1.5,0.011587,700.0,8589934592,'cpu','a processor',NULL,1,'expdb run --dataset digits','0000000000000000000000000000000000000000',1,'-a
+b','here','me','3.11','{"torch": "2.13.0"}',NULL,NULL,NULL,NULL,'{}','{}','[]',0,'1','weights.safetensors','predictions.npz',0.0,0.08,NULL,0.0,NULL,NULL,0,NULL,1,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'822f91db-f852-54e8-9551-aaca77cd7109',2,1,500,1.0,12.5,0.25,'white','0011223344556677','a1_in1k','8899aabbccddeeff','0123456789abcdef','{"turned": 2, "left out: .txt": 1}');
INSERT INTO "runs" VALUES(2,NULL,'failed','diverged','measured',NULL,NULL,'2026-11-21 01:55:41.033996','2026-11-21 01:55:41.034809','2026-11-21 01:55:41.037094','2026-11-21 01:55:41.035645',NULL,'{"amp":true,"aug":{"autoaugment_policy":null,"color_jitter":0.0,"crop":"pad","crop_padding":2,"cutmix_alpha":0.0,"hflip_prob":0.0,"label_smoothing":0.0,"mixup_alpha":0.0,"policy":"randaugment","preset":"randaugment","randaugment_magnitude":9,"randaugment_num_ops":2,"random_erasing_prob":0.0},"batch_size":128,"compile":false,"data":{"channels":1,"dataset":"digits","img_size":16,"limit":null,"normalize":"dataset","num_classes":10,"val_fraction":0.0},"device":"auto","epochs":2,"gpus":1,"model":{"arch":"test_resnet","kwargs":{},"name":"resnet_mini","stem":"cifar"},"optim":{"lr":0.001,"momentum":null,"name":"adamw","nesterov":false,"weight_decay":0.05},"schedule":{"decay_epochs":null,"decay_rate":null,"min_lr":0.0,"name":"cosine","warmup_epochs":0.0,"warmup_lr":0.0},"seed":0,"version":1}','a10f0e2ef5c047bf','d10d8ff7a4e0add8','digits',10,16,'dataset',0.0,'resnet_mini','test_resnet','cifar','randaugment','pad',2,0.0,'randaugment',NULL,2,9,0.0,0.0,0.0,0.0,0.0,'adamw',0.001,NULL,0.05,'cosine',0.0,0.0,NULL,2,128,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,1.25,0.5,0.9,NULL,0.5,1,'test',2.0,0.5,0.002285,700.0,8589934592,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}','ValueError','no','…',NULL,'{}','{}','[]',0,'2',NULL,NULL,0.0,0.08,NULL,0.0,NULL,NULL,0,NULL,1,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'7c2de760-f3ed-5c22-bb57-20ee5d657def',1,1,NULL,1.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(3,NULL,'queued',NULL,'measured',NULL,NULL,'2026-11-21 01:55:41.037834',NULL,NULL,NULL,'2026-11-21 01:55:41.038540','{"amp":true,"aug":{"autoaugment_policy":null,"color_jitter":0.0,"crop":"pad","crop_padding":2,"cutmix_alpha":0.0,"hflip_prob":0.0,"label_smoothing":0.0,"mixup_alpha":0.0,"policy":"none","preset":"standard","randaugment_magnitude":null,"randaugment_num_ops":null,"random_erasing_prob":0.0},"batch_size":128,"compile":false,"data":{"channels":1,"dataset":"digits","img_size":16,"limit":null,"normalize":"dataset","num_classes":10,"val_fraction":0.0},"device":"auto","epochs":2,"gpus":1,"model":{"arch":"test_resnet","kwargs":{},"name":"resnet_mini","stem":"cifar"},"optim":{"lr":0.1,"momentum":0.9,"name":"sgd","nesterov":true,"weight_decay":0.0005},"schedule":{"decay_epochs":null,"decay_rate":null,"min_lr":0.0,"name":"cosine","warmup_epochs":0.0,"warmup_lr":0.0},"seed":1,"version":1}','9f8055749f6cb6f9','9bc970d6ac3a2395','digits',10,16,'dataset',0.0,'resnet_mini','test_resnet','cifar','standard','pad',2,0.0,'none',NULL,NULL,NULL,0.0,0.0,0.0,0.0,0.0,'sgd',0.1,0.9,0.0005,'cosine',0.0,0.0,NULL,2,128,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,'{}','{}','[]',0,'3',NULL,NULL,0.0,0.08,NULL,0.0,NULL,NULL,0,NULL,1,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'06038f4b-55fe-59db-8b2e-51455a7adbe3',NULL,1,NULL,1.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(4,'report-1/1','finished',NULL,'reported','report-1',NULL,'2026-11-21 01:55:41.044071',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'cifar100',NULL,NULL,NULL,NULL,'ResNet50',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,23000000,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0.7905,0.9394,NULL,NULL,NULL,NULL,4046.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,'An Initial Study of Deep Learning Architecture for Image Recognition, table “On CIFAR100 dataset, achieves top-1 accuracy > 82% within 2 train hour”','{"Dataset": "cifar100", "Model": "ResNet50", "Top-1 Acc": "79.05", "Top-5 Acc": "93.94", "Params": "23M", "Train Time": "1h 7m 26s"}','{}','[]',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'b5f30e22-a69e-55fa-80b5-d7f270c77717',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(5,'report-2/6','finished',NULL,'reported','report-2',NULL,'2026-11-21 01:55:41.045137',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'cifar100',NULL,NULL,NULL,NULL,'ResNet50',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'lion',0.0005,NULL,NULL,NULL,NULL,NULL,NULL,400,256,NULL,NULL,NULL,2,'DDP',NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0.7725,NULL,NULL,NULL,NULL,NULL,12507.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,'An Initial Study of Deep Learning Architecture for Image Recognition, table “On CIFAR100 dataset, achieves top-1 accuracy > 82% using timm library''s various augmentation techniques, only use the given model (ResNet-50)”','{"Dataset": "cifar100", "Model": "ResNet50", "Optimizer/ batch_size": "lion / 256", "augmentation techniques": "+ lr 5e-4 / weight-decay 1e-4 1e-3", "GPU-개수": "DDP - 2개", "Epoch": "400", "Top-1 Acc": "77.25", "Train Time": "3h 28m 27s"}','{"lr": 0.0005}','["weight-decay 1e-4 1e-3"]',1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'a069a9f2-1fea-57c7-aa44-6322494fc6fd',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(7,'resumed','running',NULL,'measured',NULL,NULL,'2026-11-21 02:57:32.685327','2026-11-21 02:57:32.690169',NULL,'2026-11-21 02:57:32.712591',NULL,'{"amp":true,"aug":{"autoaugment_policy":null,"color_jitter":0.0,"crop":"pad","crop_min_scale":0.08,"crop_padding":2,"cutmix_alpha":0.0,"cutout_size":0,"hflip_prob":0.0,"label_smoothing":0.0,"mixup_alpha":0.0,"policy":"none","preset":"standard","randaugment_magnitude":null,"randaugment_num_ops":null,"random_erasing_prob":0.0,"timm_policy":null},"batch_size":128,"compile":false,"data":{"channels":1,"dataset":"digits","img_size":16,"limit":null,"normalize":"dataset","num_classes":10,"val_fraction":0.0},"device":"auto","distill":{"teacher":null,"temperature":4.0,"weight":0.5},"ema_decay":null,"epochs":4,"gpus":1,"grad_accumulation":1,"model":{"arch":"test_resnet","drop_path":0.0,"grad_checkpointing":false,"init_from":null,"kwargs":{},"name":"resnet_mini","pretrained":false,"stem":"cifar"},"optim":{"betas":null,"clip_grad_norm":null,"decay_norm_and_bias":true,"lr":0.1,"momentum":0.9,"name":"sgd","nesterov":true,"weight_decay":0.0005},"progressive":null,"schedule":{"decay_epochs":null,"decay_rate":null,"decay_share":null,"milestones":[],"min_lr":0.0,"name":"cosine","patience":null,"warmup_epochs":0.0,"warmup_lr":0.0},"seed":3,"sync_bn":false,"version":2}','81835fd81d71c874','5a13ef5b5bf00263','digits',10,16,'dataset',0.0,'resnet_mini','test_resnet','cifar','standard','pad',2,0.0,'none',NULL,NULL,NULL,0.0,0.0,0.0,0.0,0.0,'sgd',0.1,0.9,0.0005,'cosine',0.0,0.0,NULL,4,128,128,3,'fp32',1,NULL,467474,467474,9876543,1437,0,360,3,1.5,1.25,0.5,0.9,NULL,0.5,1,'test',6.0,1.5,NULL,700.0,8589934592,'cpu','another',NULL,1,'expdb run --model vit_mini','1111111111111111111111111111111111111111',0,NULL,'here',NULL,NULL,'{"torch": "2.13.0"}',NULL,NULL,NULL,NULL,'{}','{}','[]',0,'7',NULL,NULL,0.1,0.08,1.0,0.0,0.999,1,8,1,1,0,0,'rand-m9-mstd0.5-inc1','2:3','8:16','00112233445566aa',NULL,NULL,NULL,'65167cce-6665-5dfb-a0a0-f59e8cda06de',2,1,NULL,1.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(8,'vit-comer/1','finished',NULL,'reported','vit-comer',NULL,'2026-11-21 11:59:01.055136',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'coco',NULL,NULL,NULL,NULL,'PVT-Tiny',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,32900000,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,'ViT-CoMer, table 1','{"Method": "PVT-Tiny", "AP^b": "36.7"}','{}','[]',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"ap_box": 36.7, "ap_mask": 35.1}',NULL,NULL,'c53b6f50-89ab-52f9-b6e0-e9aaf0d8851d',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(9,'results/1','finished',NULL,'reported','results',NULL,'2026-11-30 11:41:47.572428',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'cifar100',NULL,NULL,NULL,NULL,'ResNet-50',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0.824,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,'A study, table “Results”, row 2 (line 8)','{"Model": "ResNet-50", "Top-1": "82.40 ± 0.20"}','{}','[]',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"top1_spread": 0.2}','study/README.md','042b6e993703e76dee757c80d34617eb','997bd189-e54d-59ea-b7e4-ad6f35ad57a2',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(10,'results/2','finished',NULL,'reported','results',NULL,'2026-11-30 11:41:47.579271',NULL,NULL,NULL,'2026-11-30 11:41:47.585831',NULL,NULL,NULL,'cifar100',NULL,NULL,NULL,NULL,'SENet-50',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0.8,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,'A study, table “Results”, row 1 (line 7)','{"Model": "SENet-50", "Top-1": "80"}','{}','[]',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'study/README.md','b56c954f20090489dbdd72470654bd67','590b2ed5-27bd-5b3e-aabb-3a0e9c375897',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(11,'tracked','finished',NULL,'tracked',NULL,NULL,'2026-12-01 01:12:04.900398','2026-12-01 01:12:04.904420','2026-12-01 01:12:04.942578','2026-12-01 01:12:04.929032',NULL,NULL,'0123456789abcdef','fedcba9876543210','camvid',NULL,NULL,NULL,NULL,'unet',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,0.75,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.035399,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,'{}','{"lr": 0.1, "width": 16}','[]',0,'5bf2ac8a-a2ea-4e50-a4fc-66c9dbb50199',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'5bf2ac8a-a2ea-4e50-a4fc-66c9dbb50199',2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE table_revisions (
	table_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	definition_json TEXT NOT NULL, 
	saved_at DATETIME NOT NULL, 
	CONSTRAINT pk_table_revisions PRIMARY KEY (table_id, revision), 
	CONSTRAINT ck_table_revisions_revision CHECK (revision >= 1), 
	CONSTRAINT fk_table_revisions_table_id_tables FOREIGN KEY(table_id) REFERENCES tables (id) ON DELETE CASCADE
);
INSERT INTO "table_revisions" VALUES(1,1,'{"version":1,"name":"report-1","title":"On CIFAR100 dataset, achieves top-1 accuracy > 82% within 2 train hour","where":"group = report-1","columns":[{"key":"dataset","heading":"Dataset","format":null,"decimals":null},{"key":"model_aug","heading":"Model","format":null,"decimals":null},{"key":"top1","heading":"Top-1 Acc","format":null,"decimals":null},{"key":"top5","heading":"Top-5 Acc","format":null,"decimals":null},{"key":"num_params","heading":"Params","format":"millions_cut","decimals":null},{"key":"train_seconds","heading":"Train Time","format":null,"decimals":null}],"sort":[]}','2026-11-21 01:55:41.046923');
INSERT INTO "table_revisions" VALUES(2,1,'{"version":1,"name":"report-2","title":"On CIFAR100 dataset, achieves top-1 accuracy > 82% using timm library''s various augmentation techniques, only use the given model (ResNet-50)","where":"group = report-2","columns":[{"key":"dataset","heading":"Dataset","format":null,"decimals":null},{"key":"model","heading":"Model","format":null,"decimals":null},{"key":"optimizer_batch","heading":"Optimizer / batch size","format":null,"decimals":null},{"key":"settings","heading":"Augmentation techniques","format":null,"decimals":null},{"key":"gpus","heading":"GPUs","format":null,"decimals":null},{"key":"epochs","heading":"Epochs","format":null,"decimals":null},{"key":"top1","heading":"Top-1 Acc","format":null,"decimals":null},{"key":"train_seconds","heading":"Train Time","format":null,"decimals":null}],"sort":[]}','2026-11-21 01:55:41.047680');
INSERT INTO "table_revisions" VALUES(1,2,'{"version":2,"name":"report-1","title":"On CIFAR100 dataset, achieves top-1 accuracy > 82% within 2 train hour","where":"group = report-1","specs":[],"rows":"runs","across":[],"columns":[{"key":"dataset","heading":"Dataset","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"model_aug","heading":"Model","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"top1","heading":"Top-1 Acc","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"top5","heading":"Top-5 Acc","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"num_params","heading":"Params","format":"millions_cut","decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"train_seconds","heading":"Train Time","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"}],"section":null,"sort":[],"baseline":"","targets":{"top1":"> 82%"},"marks":[],"emphasis":"none","clear_only":true,"rank_reported":false,"notes":false,"missing":"–","transpose":false}','2026-11-21 11:59:01.080446');
INSERT INTO "table_revisions" VALUES(3,1,'{"version":2,"name":"gone","title":"","where":"dataset = digits","specs":[],"rows":"groups","across":[],"columns":[{"key":"top1","heading":null,"format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"}],"section":null,"sort":[],"baseline":"","targets":{},"marks":[],"emphasis":"second","clear_only":true,"rank_reported":false,"notes":true,"missing":"–","transpose":false}','2026-11-21 11:59:01.091630');
CREATE TABLE tables (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	definition_json TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, removed_at DATETIME, 
	CONSTRAINT uq_tables_name UNIQUE (name)
);
INSERT INTO "tables" VALUES(1,'report-1','{"version":2,"name":"report-1","title":"On CIFAR100 dataset, achieves top-1 accuracy > 82% within 2 train hour","where":"group = report-1","specs":[],"rows":"runs","across":[],"columns":[{"key":"dataset","heading":"Dataset","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"model_aug","heading":"Model","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"top1","heading":"Top-1 Acc","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"top5","heading":"Top-5 Acc","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"num_params","heading":"Params","format":"millions_cut","decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"},{"key":"train_seconds","heading":"Train Time","format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"}],"section":null,"sort":[],"baseline":"","targets":{"top1":"> 82%"},"marks":[],"emphasis":"none","clear_only":true,"rank_reported":false,"notes":false,"missing":"–","transpose":false}','2026-11-21 01:55:41.046923','2026-11-21 11:59:01.080446',NULL);
INSERT INTO "tables" VALUES(2,'report-2','{"version":1,"name":"report-2","title":"On CIFAR100 dataset, achieves top-1 accuracy > 82% using timm library''s various augmentation techniques, only use the given model (ResNet-50)","where":"group = report-2","columns":[{"key":"dataset","heading":"Dataset","format":null,"decimals":null},{"key":"model","heading":"Model","format":null,"decimals":null},{"key":"optimizer_batch","heading":"Optimizer / batch size","format":null,"decimals":null},{"key":"settings","heading":"Augmentation techniques","format":null,"decimals":null},{"key":"gpus","heading":"GPUs","format":null,"decimals":null},{"key":"epochs","heading":"Epochs","format":null,"decimals":null},{"key":"top1","heading":"Top-1 Acc","format":null,"decimals":null},{"key":"train_seconds","heading":"Train Time","format":null,"decimals":null}],"sort":[]}','2026-11-21 01:55:41.047680','2026-11-21 01:55:41.047680',NULL);
INSERT INTO "tables" VALUES(3,'gone','{"version":2,"name":"gone","title":"","where":"dataset = digits","specs":[],"rows":"groups","across":[],"columns":[{"key":"top1","heading":null,"format":null,"decimals":null,"unit":null,"under":null,"at":"last","shows":"value","spread":"std","against":"baseline","test":"welch","best":"auto"}],"section":null,"sort":[],"baseline":"","targets":{},"marks":[],"emphasis":"second","clear_only":true,"rank_reported":false,"notes":true,"missing":"–","transpose":false}','2026-11-21 11:59:01.091630','2026-11-21 11:59:01.091630','2026-11-21 11:59:01.092861');
CREATE INDEX ix_runs_group_digest ON runs (group_digest);
CREATE INDEX ix_runs_model ON runs (model);
CREATE INDEX ix_runs_status ON runs (status);
CREATE INDEX ix_runs_dataset ON runs (dataset);
CREATE INDEX ix_runs_group ON runs ("group");
CREATE INDEX ix_runs_created_at ON runs (created_at);
CREATE INDEX ix_runs_digest ON runs (digest);
CREATE INDEX ix_run_tags_tag ON run_tags (tag);
CREATE INDEX ix_runs_document ON runs (document);
CREATE UNIQUE INDEX ix_runs_row_key ON runs (row_key);
CREATE UNIQUE INDEX ix_runs_uuid ON runs (uuid);
CREATE INDEX ix_merged_runs_run_id ON merged_runs (run_id);
CREATE VIEW v_runs AS
SELECT id,
name,
CASE WHEN status IN ('queued', 'running') AND heartbeat_at < strftime('%Y-%m-%d %H:%M:%f', 'now', '-120 seconds') THEN 'crashed' ELSE status END AS status,
reason,
kind,
"group",
note,
created_at,
started_at,
ended_at,
heartbeat_at,
digest,
group_digest,
dataset,
num_classes,
img_size,
normalize,
val_fraction,
model,
arch,
stem,
aug,
crop,
crop_padding,
hflip_prob,
policy,
autoaugment_policy,
randaugment_num_ops,
randaugment_magnitude,
color_jitter,
random_erasing_prob,
mixup_alpha,
cutmix_alpha,
label_smoothing,
optimizer,
lr,
momentum,
weight_decay,
schedule,
warmup_epochs,
warmup_lr,
decay_rate,
epochs,
batch_size,
batch_size_per_device,
seed,
precision,
num_devices,
parallel,
num_params,
num_trainable_params,
macs,
num_train_images,
num_val_images,
num_test_images,
epochs_done,
train_loss,
test_loss,
top1,
top5,
val_top1,
best_top1,
best_epoch,
best_by,
train_seconds,
eval_seconds,
wall_seconds,
images_per_second,
peak_memory_bytes,
device,
device_name,
driver,
num_threads,
command,
git_commit,
git_dirty,
host,
"user",
python_version,
error_type,
error_message,
source,
extends_another,
artifact_dir,
weights_file,
predictions_file,
drop_path,
crop_min_scale,
clip_grad_norm,
min_lr,
ema_decay,
init_from,
cutout_size,
teacher,
grad_accumulation,
pretrained,
sync_bn,
timm_policy,
milestones,
progressive,
data_digest,
document,
uuid,
attempt,
eval_every,
test_limit,
eval_crop,
cpu_seconds,
cpu_wait_seconds,
background,
code_digest,
pretrained_tag,
pretrained_digest,
earlier_data_digest,
settings,
COALESCE((SELECT NULLIF(json_group_object(known.name, summed.last), '{}') FROM metric_summaries AS summed JOIN metrics AS known ON known.id = summed.metric_id WHERE summed.run_id = runs.id AND summed.last IS NOT NULL), metrics) AS metrics,
unparsed,
quote,
packages,
picture_counts,
spec_json,
(SELECT group_concat(tag, ', ') FROM (SELECT tag FROM run_tags WHERE run_id = runs.id ORDER BY tag)) AS tags
FROM runs
WHERE removed_at IS NULL;
CREATE VIEW v_epochs AS
SELECT epochs.run_id, epochs.epoch, epochs.attempt, epochs.train_loss,
epochs.test_loss,
epochs.top1,
epochs.top5,
epochs.val_loss,
epochs.val_top1,
epochs.lr,
epochs.train_seconds,
epochs.eval_seconds,
epochs.images_per_second,
epochs.peak_memory_bytes,
epochs.cpu_seconds,
epochs.cpu_wait_seconds
FROM epochs JOIN runs ON runs.id = epochs.run_id
WHERE epochs.superseded_by IS NULL AND runs.removed_at IS NULL
UNION ALL
SELECT run_id, epoch, max(attempt) AS attempt, max(CASE WHEN name = 'train_loss' THEN value END) AS train_loss,
max(CASE WHEN name = 'test_loss' THEN value END) AS test_loss,
max(CASE WHEN name = 'top1' THEN value END) AS top1,
max(CASE WHEN name = 'top5' THEN value END) AS top5,
max(CASE WHEN name = 'val_loss' THEN value END) AS val_loss,
max(CASE WHEN name = 'val_top1' THEN value END) AS val_top1,
max(CASE WHEN name = 'lr' THEN value END) AS lr,
max(CASE WHEN name = 'train_seconds' THEN value END) AS train_seconds,
max(CASE WHEN name = 'eval_seconds' THEN value END) AS eval_seconds,
max(CASE WHEN name = 'images_per_second' THEN value END) AS images_per_second,
max(CASE WHEN name = 'peak_memory_bytes' THEN value END) AS peak_memory_bytes,
max(CASE WHEN name = 'cpu_seconds' THEN value END) AS cpu_seconds,
max(CASE WHEN name = 'cpu_wait_seconds' THEN value END) AS cpu_wait_seconds
FROM (
SELECT points.run_id, points.epoch, points.attempt, metrics.name, points.value, row_number() OVER (
PARTITION BY points.run_id, points.metric_id, points.epoch ORDER BY points.axis DESC, points.place DESC, points.attempt DESC) AS nth
FROM points JOIN metrics ON metrics.id = points.metric_id JOIN runs ON runs.id = points.run_id
WHERE points.superseded_by IS NULL AND points.epoch IS NOT NULL AND runs.kind = 'tracked'
AND runs.removed_at IS NULL AND metrics.name IN ('train_loss', 'test_loss', 'top1', 'top5', 'val_loss', 'val_top1', 'lr', 'train_seconds', 'eval_seconds', 'images_per_second', 'peak_memory_bytes', 'cpu_seconds', 'cpu_wait_seconds')) AS logged
WHERE nth = 1
GROUP BY run_id, epoch;
CREATE VIEW v_points AS
SELECT points.run_id, metrics.name AS metric, points.attempt, points.epoch,
CASE WHEN points.axis = 1 THEN points.place END AS step, points.value, points.special,
metrics.unit, metrics.split, metrics.higher_is_better
FROM points JOIN metrics ON metrics.id = points.metric_id JOIN runs ON runs.id = points.run_id
WHERE points.superseded_by IS NULL AND runs.removed_at IS NULL;
CREATE VIEW v_groups AS
WITH placed AS (
SELECT runs.*, coalesce(group_digest, 'run ' || CAST(id AS TEXT)) AS group_key,
row_number() OVER (PARTITION BY coalesce(group_digest, 'run ' || CAST(id AS TEXT)), seed ORDER BY id DESC) AS nth
FROM runs
WHERE removed_at IS NULL AND status = 'finished'
), counted AS (
SELECT * FROM placed WHERE nth = 1 OR seed IS NULL
), measured (group_key, run_id, metric, value) AS (
SELECT group_key, id, 'top1', CAST(top1 AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'top5', CAST(top5 AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'val_top1', CAST(val_top1 AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'best_top1', CAST(best_top1 AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'train_loss', CAST(train_loss AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'test_loss', CAST(test_loss AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'train_seconds', CAST(train_seconds AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'eval_seconds', CAST(eval_seconds AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'wall_seconds', CAST(wall_seconds AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'images_per_second', CAST(images_per_second AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'peak_memory_bytes', CAST(peak_memory_bytes AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'cpu_seconds', CAST(cpu_seconds AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT group_key, id, 'cpu_wait_seconds', CAST(cpu_wait_seconds AS DOUBLE PRECISION) FROM counted
UNION ALL SELECT counted.group_key, counted.id, metrics.name, metric_summaries.last
FROM counted JOIN metric_summaries ON metric_summaries.run_id = counted.id
JOIN metrics ON metrics.id = metric_summaries.metric_id
WHERE metrics.name NOT IN ('id', 'name', 'status', 'reason', 'kind', 'group', 'note', 'created_at', 'started_at', 'ended_at', 'heartbeat_at', 'removed_at', 'spec_json', 'digest', 'group_digest', 'dataset', 'num_classes', 'img_size', 'normalize', 'val_fraction', 'model', 'arch', 'stem', 'aug', 'crop', 'crop_padding', 'hflip_prob', 'policy', 'autoaugment_policy', 'randaugment_num_ops', 'randaugment_magnitude', 'color_jitter', 'random_erasing_prob', 'mixup_alpha', 'cutmix_alpha', 'label_smoothing', 'optimizer', 'lr', 'momentum', 'weight_decay', 'schedule', 'warmup_epochs', 'warmup_lr', 'decay_rate', 'epochs', 'batch_size', 'batch_size_per_device', 'seed', 'precision', 'num_devices', 'parallel', 'num_params', 'num_trainable_params', 'macs', 'num_train_images', 'num_val_images', 'num_test_images', 'epochs_done', 'train_loss', 'test_loss', 'top1', 'top5', 'val_top1', 'best_top1', 'best_epoch', 'best_by', 'train_seconds', 'eval_seconds', 'wall_seconds', 'images_per_second', 'peak_memory_bytes', 'device', 'device_name', 'driver', 'num_threads', 'command', 'git_commit', 'git_dirty', 'git_diff', 'host', 'user', 'python_version', 'packages', 'error_type', 'error_message', 'traceback', 'source', 'quote', 'settings', 'unparsed', 'extends_another', 'artifact_dir', 'weights_file', 'predictions_file', 'drop_path', 'crop_min_scale', 'clip_grad_norm', 'min_lr', 'ema_decay', 'init_from', 'cutout_size', 'teacher', 'grad_accumulation', 'pretrained', 'sync_bn', 'timm_policy', 'milestones', 'progressive', 'data_digest', 'metrics', 'document', 'row_key', 'uuid', 'attempt', 'eval_every', 'test_limit', 'eval_crop', 'cpu_seconds', 'cpu_wait_seconds', 'background', 'code_digest', 'pretrained_tag', 'pretrained_digest', 'earlier_data_digest', 'picture_counts')
), beside AS (
SELECT group_key, run_id, metric, value,
avg(value) OVER (PARTITION BY group_key, metric) AS mean
FROM measured
WHERE value IS NOT NULL
), totals AS (
SELECT group_key, metric, count(*) AS n, min(mean) AS mean,
CASE WHEN count(*) > 1 THEN sqrt(sum((value - mean) * (value - mean)) / (count(*) - 1)) END AS std,
min(value) AS least, max(value) AS greatest, max(run_id) AS newest_run_id
FROM beside
GROUP BY group_key, metric
)
SELECT totals.group_key,
totals.metric,
totals.n,
totals.mean,
totals.std,
totals.least,
totals.greatest,
totals.newest_run_id, newest.kind,
newest."group",
newest.dataset,
newest.model,
newest.arch,
newest.aug,
newest.optimizer,
newest.lr,
newest.batch_size,
newest.epochs,
newest.img_size
FROM totals JOIN runs AS newest ON newest.id = totals.newest_run_id;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',11);
INSERT INTO "sqlite_sequence" VALUES('tables',3);
INSERT INTO "sqlite_sequence" VALUES('papers',2);
INSERT INTO "sqlite_sequence" VALUES('claims',3);
COMMIT;
