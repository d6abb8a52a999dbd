namespace Holdfast.System.Tests.Clients;

/// <summary>Asks through an official SDK as its documentation says, and tells what the caller's code sees.</summary>
internal interface IOfficialClient
{
    /// <summary>Makes all the calls, so many at a time; the outcomes are in the order of the calls.</summary>
    Task<IReadOnlyList<ChatOutcome>> AskAsync(
        ClientSettings settings, IReadOnlyList<ChatCall> calls, int parallel = 1);
}

/// <summary>The SDKs by the names that the tests' rows have.</summary>
internal static class OfficialClients
{
    public const string Dotnet = "dotnet";

    public const string Npm = "npm";

    public static IOfficialClient Named(string name) => name switch
    {
        Dotnet => new DotnetClient(),
        Npm => new NpmClient(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, $"allowed is {Dotnet}, {Npm}"),
    };

    public static async Task<ChatOutcome> AskAsync(string name, ClientSettings settings, ChatCall call) =>
        Assert.Single(await Named(name).AskAsync(settings, [call]));
}
