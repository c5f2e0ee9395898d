<?php

$instance = require __DIR__ . '/instance.php';

// The bridge as the company's service provider.
$config = [
    'company' => [
        'saml:SP',
        'idp' => $instance['idp'],
        'NameIDPolicy' => null,
    ],
];
