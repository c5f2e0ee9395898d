<?php

// The service providers, written by the test and read anew at every request.

foreach (json_decode(file_get_contents(dirname(__DIR__) . '/sp.json'), true) as $sp) {
    $metadata[$sp['entity_id']] = [
        'AssertionConsumerService' => $sp['acs_url'],
        'NameIDFormat' => $sp['name_id_format'],
        'attributes.NameFormat' => $sp['attribute_name_format'],
        'saml20.sign.assertion' => $sp['sign_assertion'],
        'saml20.sign.response' => $sp['sign_response'],
        'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
        'validate.authnrequest' => $sp['require_signed_requests'],
        'assertion.encryption' => $sp['encrypt_assertion'],
        'authproc' => [
            10 => ['class' => 'saml:PersistentNameID', 'attribute' => 'uid'],
            20 => [
                'class' => 'saml:AttributeNameID',
                'attribute' => 'mail',
                'Format' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
            ],
        ],
    ] + ($sp['certificate'] === null ? [] : ['certData' => $sp['certificate']]);
}
