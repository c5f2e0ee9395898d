<?php

$instance = require __DIR__ . '/../instance.php';

$metadata[$instance['flex']] = [
    'AssertionConsumerService' => $instance['flex_acs'],
    'saml20.sign.assertion' => true,
    'saml20.sign.response' => true,
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
    'simplesaml.nameidattribute' => 'email',
];
