<?php

$metadata['__DYNAMIC:1__'] = [
    'host' => '__DEFAULT__',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.pem',
    'auth' => 'company',
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
    'authproc' => [
        // The office decides the location, by a table.
        10 => [
            'class' => 'core:AttributeValueMap',
            'sourceattribute' => 'office',
            'targetattribute' => 'flex_location',
            'values' => ['Singapore Office' => ['SG-01', 'Singapore HQ']],
        ],
        // Only what Flex is to know is passed on.
        20 => [
            'class' => 'core:AttributeLimit',
            'email', 'full_name', 'roles', 'flex_location',
        ],
    ],
];
