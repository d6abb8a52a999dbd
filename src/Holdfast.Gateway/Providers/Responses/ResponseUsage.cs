using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>Reads a response's <c>usage</c>; whatever has another shape counts as zero.</summary>
internal static class ResponseUsage
{
    public static Usage Read(JsonView usage)
    {
        var input = usage.Member("input_tokens_details"u8);
        var output = usage.Member("output_tokens_details"u8);
        return new Usage(
            Number(usage.Member("input_tokens"u8)), Number(usage.Member("output_tokens"u8)),
            Number(input.Member("cached_tokens"u8)), Number(input.Member("cache_write_tokens"u8)),
            Number(output.Member("reasoning_tokens"u8)));
    }

    private static long Number(JsonView value) => value.TryGetInt64(out var number) && number > 0 ? number : 0;
}
