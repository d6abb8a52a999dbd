using System.Globalization;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Providers;

/// <summary>Gives an error the shape that each provider has for it.</summary>
internal static class ErrorBody
{
    public static void Write(JsonText json, Flavour flavour, Problem problem, string requestId)
    {
        switch (flavour.Errors)
        {
            case ErrorShape.Anthropic:
                WriteAnthropic(json, problem, requestId);
                break;
            case ErrorShape.Google:
                WriteGoogle(json, problem);
                break;
            case ErrorShape.Amazon:
                json.Raw("""{"message":"""u8).String(problem.Message).Raw("}"u8);
                break;
            case ErrorShape.Detail:
                json.Raw("""{"detail":"""u8).String(problem.Message).Raw("}"u8);
                break;
            case ErrorShape.Text:
                json.Raw("""{"error":"""u8).String(problem.Message).Raw("}"u8);
                break;
            case ErrorShape.CodeAndText:
                json.Raw("""{"code":"""u8).String(problem.Code ?? problem.Type)
                    .Raw(""","error":"""u8).String(problem.Message).Raw("}"u8);
                break;
            case ErrorShape.IdAndMessage:
                json.Raw("""{"id":"""u8).String(requestId).Raw(""","message":"""u8).String(problem.Message)
                    .Raw("}"u8);
                break;
            case ErrorShape.OpenAiWithStatusAsCode when problem.Status is 401 or 429 && problem.Type != problem.Code:
                json.Raw("""{"error":{"code":"""u8).String(problem.Status.ToString(CultureInfo.InvariantCulture))
                    .Raw(""","message":"""u8).String(problem.Message).Raw("}}"u8);
                break;
            default:
                WriteOpenAi(json, problem, null);
                break;
        }
    }

    /// <summary>The error inside a 200: there even providers with shapes of their own send an object.</summary>
    public static void WriteIn200(JsonText json, Flavour flavour, Problem problem, string requestId)
    {
        if (flavour.Errors is ErrorShape.Anthropic or ErrorShape.Google or ErrorShape.Text or ErrorShape.Amazon)
        {
            Write(json, flavour, problem, requestId);
        }
        else
        {
            WriteOpenAi(json, problem, flavour.StatusCodeInStream ? problem.Status : null);
        }
    }

    private static void WriteOpenAi(JsonText json, Problem problem, int? statusCode)
    {
        json.Raw("""{"error":{"message":"""u8).String(problem.Message)
            .Raw(""","type":"""u8).String(problem.Type)
            .Raw(""","param":"""u8).String(problem.Param)
            .Raw(""","code":"""u8).String(problem.Code);
        if (statusCode is { } status)
        {
            json.Raw(""","status_code":"""u8).Number(status);
        }

        json.Raw("}}"u8);
    }

    private static void WriteAnthropic(JsonText json, Problem problem, string requestId)
    {
        json.Raw("""{"type":"error","error":{"type":"""u8).String(problem.Type)
            .Raw(""","message":"""u8).String(problem.Message);
        if (problem.DetailCode is { } detail)
        {
            json.Raw(""","details":{"error_code":"""u8).String(detail).Raw("}"u8);
        }

        json.Raw("""},"request_id":"""u8).String(requestId).Raw("}"u8);
    }

    private static void WriteGoogle(JsonText json, Problem problem)
    {
        var status = problem.Status switch
        {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            408 or 504 => "DEADLINE_EXCEEDED",
            409 => "ABORTED",
            402 or 429 => "RESOURCE_EXHAUSTED",
            500 => "INTERNAL",
            > 500 => "UNAVAILABLE",
            _ => "FAILED_PRECONDITION",
        };
        json.Raw("""{"error":{"code":"""u8).Number(problem.Status)
            .Raw(""","message":"""u8).String(problem.Message)
            .Raw(""","status":"""u8).String(status);
        if (problem.DetailCode is { } reason)
        {
            json.Raw(""","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"""u8)
                .String(reason).Raw("}]"u8);
        }
        else if (problem.RetryAfter is { } delay)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{delay.TotalSeconds}s");
            json.Raw(""","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"""u8)
                .String(text).Raw("}]"u8);
        }

        json.Raw("}}"u8);
    }
}
