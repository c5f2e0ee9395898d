<?php

$instance = require __DIR__ . '/../instance.php';

$metadata[$instance['idp']] = [
    'SingleSignOnService' => [[
        'Binding' => 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        'Location' => $instance['idp_sso'],
    ]],
    'certData' => $instance['idp_certificate'],
];
