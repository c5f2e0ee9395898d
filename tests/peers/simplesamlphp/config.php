<?php

// SimpleSAMLphp as the company's identity provider, for one test. The test
// copies this folder to a place of its own and puts `instance.php` and its key
// pair beside it; nothing outside that place is written.

$instance = require __DIR__ . '/instance.php';

$config = [
    'baseurlpath' => $instance['base_url'],
    'certdir' => __DIR__ . '/cert/',
    'loggingdir' => __DIR__ . '/log/',
    'datadir' => __DIR__ . '/data/',
    'tempdir' => __DIR__ . '/tmp/',
    'metadatadir' => __DIR__ . '/metadata/',
    'technicalcontact_name' => 'Test',
    'technicalcontact_email' => 'test@company.example',
    'timezone' => 'UTC',
    'secretsalt' => $instance['secret_salt'],
    'auth.adminpassword' => $instance['secret_salt'],
    'admin.checkforupdates' => false,

    'showerrors' => true,
    'errorreporting' => false,
    'logging.level' => SimpleSAML\Logger::INFO,
    'logging.handler' => 'file',
    'logging.logfile' => 'simplesamlphp.log',
    'debug' => ['saml' => false, 'backtraces' => true, 'validatexml' => false],

    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],

    // Plain http on loopback.
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
    // A test may also bring a service provider's own metadata document.
    'metadata.sources' => array_merge(
        [['type' => 'flatfile']],
        file_exists(__DIR__ . '/sp.xml') ? [['type' => 'xml', 'file' => __DIR__ . '/sp.xml']] : [],
    ),
    'authproc.idp' => [],
    'authproc.sp' => [],
];
