using Holdfast.Gateway.Configuration;

namespace Holdfast.Gateway;

/// <summary>What a gateway is started with.</summary>
internal sealed record GatewaySettings
{
    /// <summary>The configuration to start with; it has been validated.</summary>
    public required HoldfastOptions Options { get; init; }

    /// <summary>The file to watch for changes; null: the configuration stays as it is.</summary>
    public string? ConfigurationPath { get; init; }

    /// <summary><see cref="ConfigurationResult.ContentHash"/> of what <see cref="Options"/> was read from.</summary>
    public string? ContentHash { get; init; }

    /// <summary>Gives environment variables to a reload. Default: the process's own.</summary>
    public EnvironmentVariables Environment { get; init; } = EnvironmentVariables.OfProcess;

    /// <summary>The admin key, resolved: configured or made.</summary>
    public required string AdminKey { get; init; }

    /// <summary>The addresses in <see cref="Options"/> were given over the file's word.</summary>
    public bool UrlsAreFixed { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>For jitter. Default: a fresh seed.</summary>
    public int Seed { get; init; } = System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>Lines for people instead of JSON lines in the log.</summary>
    public bool PlainLog { get; init; }
}
