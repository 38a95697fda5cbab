<?php
// A client in plain PHP, with streams: `php plain.php http://127.0.0.1:PORT`. See `cargo xtask interop`.

declare(strict_types=1);

$base = $argv[1] . '/api';
$authorization = null;
$failures = 0;

function call(string $method, string $path, ?array $body = null, ?array $form = null, array $headers = []): array
{
    global $base, $authorization;
    // The reference of 2020 asks for a header called Content, and a public client sends it.
    $headers[] = 'Content: application/json';
    if ($authorization !== null) {
        $headers[] = "Authorization: $authorization";
    }
    if ($body !== null) {
        $headers[] = 'Content-Type: application/json';
    }
    if ($form !== null) {
        $headers[] = 'Content-Type: application/x-www-form-urlencoded';
    }
    $context = stream_context_create(['http' => [
        'method' => $method,
        'header' => implode("\r\n", $headers),
        'content' => $body !== null ? json_encode($body) : ($form !== null ? http_build_query($form) : ''),
        'ignore_errors' => true,
        'timeout' => 10,
    ]]);
    $text = file_get_contents("$base/$path", false, $context);
    return [(int) explode(' ', $http_response_header[0])[1], json_decode((string) $text, true)];
}

function step(string $name, callable $run): void
{
    global $failures;
    try {
        $line = ['ok', $name, $run() ?? ''];
    } catch (Throwable $error) {
        $failures++;
        $line = ['failed', $name, $error->getMessage()];
    }
    echo str_replace("\n", ' ', implode("\t", $line)), "\n";
}

function same(mixed $have, mixed $want): void
{
    if ($have !== $want) {
        throw new Exception(json_encode($have) . ' instead of ' . json_encode($want));
    }
}

$fixture = file_get_contents(__DIR__ . '/fixture.json');
$seed = ['method' => 'POST', 'header' => 'Content-Type: application/json', 'content' => $fixture];
file_get_contents("$argv[1]/__sandbox/seed", false, stream_context_create(['http' => $seed]));

$id = null;

step('log in with Basic', function () use (&$authorization) {
    $authorization = 'Basic ' . base64_encode('admin@example.com:wrong');
    same(call('GET', 'spaces/bookings')[0], 401);
    $authorization = 'Basic ' . base64_encode('admin@example.com:sandbox');
    same(call('GET', 'sys/businesses?')[0], 200);
});

step('log in for a token', function () use (&$authorization) {
    $basic = $authorization;
    $authorization = null;
    $login = ['grant_type' => 'password', 'username' => 'admin@example.com', 'password' => 'sandbox'];
    [$status, $grant] = call('POST', 'token', form: $login);
    same([$status, $grant['token_type']], [200, 'bearer']);
    $authorization = 'Bearer ' . $grant['access_token'];
    same(call('GET', 'spaces/bookings')[0], 200);
    $authorization = $basic;
});

step('create with JSON, flags as text, get', function () use (&$id) {
    $booking = [
        'ResourceId' => '501', 'FromTime' => '2030-04-01T09:00:00+00:00', 'ToTime' => '2030-04-01T10:00:00+00:00',
        'Repeats' => 1, 'WhichBookingsToUpdate' => 1, 'Tentative' => 'true', 'ChargeNow' => 'false',
    ];
    [$status, $done] = call('POST', 'spaces/bookings', $booking);
    same([$status, $done['Errors']], [200, null]);
    $id = $done['Value']['Id'];
    $made = call('GET', "spaces/bookings/$id")[1];
    same([$made['ResourceId'], $made['Tentative'], $made['FromTime']], [501, true, '2030-04-01T09:00:00Z']);
});

step('list with filters, one of them empty', function () use (&$id) {
    $query = http_build_query(['size' => '1000', 'Booking_Id' => $id, 'from_Booking_CreatedOn' => '', 'from_Booking_FromTime' => '2030-04-01T00:00:00+00:00']);
    [$status, $page] = call('GET', "spaces/bookings?$query");
    same([$status, array_column($page['Records'], 'Id')], [200, [$id]]);
});

step('an enumeration by its name', function () {
    $values = array_column(call('GET', 'utils/enums?name=eBookingRepeatCycle')[1], 'Id', 'Name');
    same($values['Weekly'], 2);
});

step('read, change, write back', function () use (&$id) {
    $booking = call('GET', "spaces/bookings/$id")[1];
    $booking['Notes'] = 'Más tarde';
    same(call('PUT', 'spaces/bookings', $booking)[0], 200);
    same(call('GET', "spaces/bookings/$id")[1]['Notes'], 'Más tarde');
});

step('a command that is refused is HTTP 200', function () {
    [$status, $result] = call('POST', 'spaces/bookings/runCommand', ['Key' => 'NO_SUCH', 'Ids' => []]);
    same([$status, $result['WasSuccessful']], [200, false]);
});

step('delete, and get again', function () use (&$id) {
    same(call('DELETE', "spaces/bookings/$id")[1]['WasSuccessful'], true);
    same(call('GET', "spaces/bookings/$id"), [404, 'Not found']);
});

echo implode("\t", ['with', 'PHP', PHP_VERSION]), "\n";
exit($failures > 0 ? 1 : 0);
