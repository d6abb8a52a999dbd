using System.CommandLine;
using Holdfast.Gateway.Security;

namespace Holdfast.Cli;

/// <summary>
/// <c>--url</c>, <c>--key-file</c> and <c>--json</c>: what every verb that asks a running gateway takes.
/// </summary>
internal sealed class ConnectionArgument
{
    private const string DefaultUrl = "http://127.0.0.1:8080";
    private static readonly string DefaultKeyFile = Path.Combine(new ServerOptions().DataDirectory, AdminKey.FileName);

    private readonly Option<string?> _url = new("--url")
    {
        Description = $"The gateway's address. Default: $HOLDFAST_URL, or {DefaultUrl}", HelpName = "URL",
    };

    private readonly Option<string?> _keyFile = new("--key-file")
    {
        Description = $"Where the admin key is. Default: $HOLDFAST_ADMIN_KEY is the key, or {DefaultKeyFile} has it",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "The gateway's answer as JSON" };

    public void AddTo(Command command)
    {
        command.Add(_url);
        command.Add(_keyFile);
        command.Add(_json);
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <exception cref="UsageException">There is no address or no key to use.</exception>
    public GatewayConnection Open(ParseResult parsed) =>
        new(UrlOf(parsed.GetValue(_url)), KeyOf(parsed.GetValue(_keyFile)));

    private static Uri UrlOf(string? given)
    {
        var text = given ?? Variable("HOLDFAST_URL") ?? DefaultUrl;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new UsageException($"--url: '{text}': allowed is an address as {DefaultUrl}");
    }

    /// <summary>What is said on the command line comes before the environment.</summary>
    private static string KeyOf(string? file)
    {
        if (file is null && Variable("HOLDFAST_ADMIN_KEY") is { } key)
        {
            return Usable(key, "HOLDFAST_ADMIN_KEY");
        }

        var path = file ?? DefaultKeyFile;
        try
        {
            return Usable(File.ReadAllText(path), path);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"no admin key: set HOLDFAST_ADMIN_KEY or --key-file ({path} cannot be read)");
        }
    }

    // Whatever cannot stand in a header would be thrown back with the key in the message.
    private static string Usable(string text, string where) =>
        text.Trim() is { Length: > 0 } key && Gateway.Calls.HeaderText.IsPrintable(key)
            ? key
            : throw new UsageException($"{where}: has no admin key: one line of printable ASCII is allowed");

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
