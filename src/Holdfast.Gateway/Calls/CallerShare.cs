using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Gateway.Calls;

/// <summary>
/// Whose share of the places a call takes: that of the key it came with, else that of its address. The key itself is
/// never kept longer than its call; what queues remember is a digest.
/// </summary>
internal static class CallerShare
{
    // Long enough that no two callers share by chance, short enough to be no use against the key.
    private const int DigestBytes = 12;

    public static string Of(string? presentedKey, IPAddress? address)
    {
        if (presentedKey is { Length: > 0 })
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes(presentedKey), digest);
            return string.Concat("key:", Convert.ToHexStringLower(digest[..DigestBytes]));
        }

        return address is null ? "" : string.Concat("address:", address.ToString());
    }
}
