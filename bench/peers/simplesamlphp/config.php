<?php

// SimpleSAMLphp as a bridge, for one measurement. What differs from run to run is in
// instance.php; nothing outside this folder is written.

$instance = require __DIR__ . '/instance.php';

$config = [
    'baseurlpath' => $instance['base_url'],
    'certdir' => __DIR__ . '/cert/',
    'loggingdir' => __DIR__ . '/log/',
    'datadir' => __DIR__ . '/data/',
    'tempdir' => __DIR__ . '/tmp/',
    'metadatadir' => __DIR__ . '/metadata/',
    'technicalcontact_email' => 'test@company.example',
    'timezone' => 'UTC',
    'secretsalt' => 'only-for-this-measurement',
    'auth.adminpassword' => 'only-for-this-measurement',
    'admin.checkforupdates' => false,
    'showerrors' => true,
    'errorreporting' => false,
    'logging.level' => SimpleSAML\Logger::ERR,
    'logging.handler' => 'file',
    'logging.logfile' => 'simplesamlphp.log',
    'debug' => ['saml' => false, 'backtraces' => false, 'validatexml' => false],
    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true],
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'language.cookie.secure' => false,
    'language.cookie.samesite' => null,
    'session.cookie.name' => 'SimpleSAMLSessionID',
    'session.phpsession.cookiename' => 'SimpleSAML',
    'session.phpsession.savepath' => __DIR__ . '/sessions/',
    'session.phpsession.httponly' => true,
    'session.authtoken.cookiename' => 'SimpleSAMLAuthToken',
    'store.type' => 'phpsession',
    'language.available' => ['en'],
    'language.default' => 'en',
    'metadata.sources' => [['type' => 'flatfile']],
    'authproc.idp' => [],
    'authproc.sp' => [],
];
