using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.Bedrock;

/// <summary>What AWS calls an error, in the header <c>x-amzn-errortype</c> and in streams.</summary>
internal static class AmazonErrors
{
    public const string Header = "x-amzn-errortype";

    public static string NameOf(Problem problem) =>
        problem.Type.EndsWith("Exception", StringComparison.Ordinal) ? problem.Type
        : problem.Type == "insufficient_quota" ? "ServiceQuotaExceededException"
        : problem.Status switch
        {
            401 or 403 => "AccessDeniedException",
            404 => "ResourceNotFoundException",
            408 => "ModelTimeoutException",
            424 => "ModelErrorException",
            429 => "ThrottlingException",
            503 => "ServiceUnavailableException",
            >= 500 => "InternalServerException",
            _ => "ValidationException",
        };
}
