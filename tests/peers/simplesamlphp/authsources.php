<?php

// The people who can sign in: `instance.php` has them as the test wants them.

$instance = require __DIR__ . '/instance.php';

$config = [
    'people' => array_merge(['exampleauth:UserPass'], $instance['people']),
];
